// SPDX-License-Identifier: GPL-2.0+
/*
 * Words of the prompt, as text and back: see text.h.
 */

#include <mmu_pfa/text.h>

#define UNITS	"KMGT"

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Digits from @s on; NULL if there are none or they do not fit, else the end. */
static const char *parse_digits(const char *s, unsigned int base, u64 *value)
{
	const char *start = s;
	u64 sum = 0;

	for (; *s; s++) {
		int digit = digit_value(*s);

		if (digit < 0 || digit >= (int)base)
			break;
		if (sum > (~0ull - digit) / base)
			return NULL;
		sum = sum * base + digit;
	}
	if (s == start)
		return NULL;
	*value = sum;
	return s;
}

bool text_parse_hex(const char *word, u64 *value)
{
	const char *end;

	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		word += 2;
	end = parse_digits(word, 16, value);
	return end && !*end;
}

bool text_parse_dec(const char *word, u64 *value)
{
	const char *end = parse_digits(word, 10, value);

	return end && !*end;
}

/* How far a unit shifts: 10 for K, 20 for M; 0 if it is none. */
static unsigned int unit_shift(char unit)
{
	for (unsigned int i = 0; UNITS[i]; i++) {
		if (unit == UNITS[i] || unit == UNITS[i] + 'a' - 'A')
			return 10 * (i + 1);
	}
	return 0;
}

bool text_parse_size(const char *word, u64 *size)
{
	const char *end = parse_digits(word, 10, size);
	unsigned int shift = end ? unit_shift(*end) : 0;

	/* No unit is a hexadecimal digit: with one the number is decimal. */
	if (!shift)
		return text_parse_hex(word, size);
	if (end[1] || *size > ~0ull >> shift)
		return false;
	*size <<= shift;
	return true;
}

bool text_parse_order(const char *word, unsigned int max, unsigned int *order)
{
	u64 value;

	if (word[0] != 'o' || !text_parse_dec(word + 1, &value) || value > max)
		return false;
	*order = value;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Which of the four an attribute word names. */
enum attr_kind {
	KIND_PERM,
	KIND_EXEC,
	KIND_TYPE,
	KIND_SHARE,
};

static const struct attr_word {
	const char *word;
	enum attr_kind kind;
	u8 value;
} attr_words[] = {
	/* For a value with two names, the one to print comes first. */
	{ "rw", KIND_PERM, VMSA_RW },
	{ "ro", KIND_PERM, VMSA_RO },
	{ "none", KIND_PERM, VMSA_NONE },
	{ "x", KIND_EXEC, true },
	{ "nx", KIND_EXEC, false },
	{ "wb", KIND_TYPE, VMSA_WB },
	{ "nc", KIND_TYPE, VMSA_NC },
	{ "dev", KIND_TYPE, VMSA_DEV_NGNRNE },
	{ "dev-nGnRnE", KIND_TYPE, VMSA_DEV_NGNRNE },
	{ "dev-nGnRE", KIND_TYPE, VMSA_DEV_NGNRE },
	{ "dev-GRE", KIND_TYPE, VMSA_DEV_GRE },
	{ "ish", KIND_SHARE, VMSA_ISH },
	{ "osh", KIND_SHARE, VMSA_OSH },
	{ "nsh", KIND_SHARE, VMSA_NSH },
};

static const struct attr_word *find_attr_word(const char *s, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(attr_words); i++) {
		if (strlen(attr_words[i].word) == len &&
		    !memcmp(attr_words[i].word, s, len))
			return &attr_words[i];
	}
	return NULL;
}

static const char *attr_name(enum attr_kind kind, unsigned int value)
{
	for (size_t i = 0; i < ARRAY_SIZE(attr_words); i++) {
		if (attr_words[i].kind == kind && attr_words[i].value == value)
			return attr_words[i].word;
	}
	return "?";
}

bool text_is_attrs(const char *word)
{
	return strchr(word, ',') || find_attr_word(word, strlen(word));
}

bool text_is_var(const char *word)
{
	if (!is_letter(*word) || text_is_attrs(word))
		return false;
	while (*++word) {
		if (!is_letter(*word) && (*word < '0' || *word > '9'))
			return false;
	}
	return true;
}

/* Take one attribute over; false if its kind was named before. */
static bool set_attr(struct text_attrs *attrs, const struct attr_word *word)
{
	bool *has[] = {
		[KIND_PERM] = &attrs->has_perm,
		[KIND_EXEC] = &attrs->has_exec,
		[KIND_TYPE] = &attrs->has_type,
		[KIND_SHARE] = &attrs->has_share,
	};

	if (*has[word->kind])
		return false;
	*has[word->kind] = true;
	switch (word->kind) {
	case KIND_PERM:
		attrs->attr.perm = word->value;
		break;
	case KIND_EXEC:
		attrs->attr.exec = word->value;
		break;
	case KIND_TYPE:
		attrs->attr.type = word->value;
		break;
	default:
		attrs->attr.share = word->value;
		break;
	}
	return true;
}

bool text_parse_attrs(const char *word, struct text_attrs *attrs,
		      const char **bad)
{
	memset(attrs, 0, sizeof(*attrs));
	for (;;) {
		size_t len = strcspn(word, ",");
		const struct attr_word *found = find_attr_word(word, len);

		if (!found || !set_attr(attrs, found)) {
			*bad = word;
			return false;
		}
		if (!word[len])
			return true;
		word += len + 1;
	}
}

enum vmsa_share text_default_share(unsigned int type)
{
	/* As U-Boot maps devices; the CPU ignores it for them. */
	return vmsa_type_is_device(type) ? VMSA_NSH : VMSA_ISH;
}

const char *text_type(unsigned int type)
{
	return attr_name(KIND_TYPE, type);
}

const char *text_share(unsigned int share)
{
	return attr_name(KIND_SHARE, share);
}

static char *append(char *end, const char *s)
{
	size_t len = strlen(s);

	memcpy(end, s, len + 1);
	return end + len;
}

void text_attr(struct vmsa_attr attr, char buf[TEXT_ATTR_LEN])
{
	char *end = append(buf, attr_name(KIND_PERM, attr.perm));

	end = append(end, attr.exec ? ",x," : ",nx,");
	end = append(end, text_type(attr.type));
	if (attr.share != text_default_share(attr.type)) {
		end = append(end, ",");
		append(end, text_share(attr.share));
	}
}

/* Decimal digits of @value; returns the end. */
static char *append_dec(char *end, u64 value)
{
	char digits[TEXT_SIZE_LEN];
	unsigned int n = 0;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	while (n)
		*end++ = digits[--n];
	*end = '\0';
	return end;
}

/* Append the unit for a shift by 10 * @unit bits; none for 0. */
static void append_unit(char *end, unsigned int unit)
{
	if (!unit)
		return;
	end[0] = UNITS[unit - 1];
	end[1] = '\0';
}

void text_size(u64 bytes, char buf[TEXT_SIZE_LEN])
{
	unsigned int unit = 0;

	while (bytes && unit < sizeof(UNITS) - 1 && !(bytes & 0x3ff)) {
		bytes >>= 10;
		unit++;
	}
	append_unit(append_dec(buf, bytes), unit);
}

void text_size_about(u64 bytes, char buf[TEXT_SIZE_LEN])
{
	unsigned int unit = 0;
	u64 tenths;
	char *end;

	while (unit < sizeof(UNITS) - 1 && bytes >> (10 * (unit + 1)))
		unit++;
	/* Rounded down, so that "free" never promises too much. */
	tenths = unit ? (bytes >> (10 * (unit - 1))) * 10 >> 10 : bytes * 10;
	end = append_dec(buf, tenths / 10);
	if (tenths % 10 && tenths < 10000) {
		*end++ = '.';
		end = append_dec(end, tenths % 10);
	}
	append_unit(end, unit);
}
