// SPDX-License-Identifier: GPL-2.0+
/*
 * Words of the prompt: what counts as a number, a size, an order, attributes,
 * and how they are printed.
 */

#include <mmu_pfa/text.h>

#include "tap.h"

#include <string.h>

/* Proves: CLI-001 */
HOST_TEST(text_hex_takes_whole_words_only)
{
	static const char *const bad[] = {
		"", "0x", "x", "12xz", "12 ", " 12", "-1", "+1", "1g", "12-",
		"10000000000000000", "0x10000000000000000",
		"fffffffffffffffff",
	};
	u64 value;

	EXPECT(text_parse_hex("0", &value));
	EXPECT_EQ(value, 0);
	EXPECT(text_parse_hex("cafeF00d", &value));
	EXPECT_EQ(value, 0xcafef00d);
	EXPECT(text_parse_hex("0x10", &value));
	EXPECT_EQ(value, 0x10);
	EXPECT(text_parse_hex("0XfF", &value));
	EXPECT_EQ(value, 0xff);
	EXPECT(text_parse_hex("ffffffffffffffff", &value));
	EXPECT_EQ(value, ~0ull);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT(!text_parse_hex(bad[i], &value));
}

/* Proves: CLI-001 */
HOST_TEST(text_dec_takes_whole_words_only)
{
	u64 value;

	EXPECT(text_parse_dec("18446744073709551615", &value));
	EXPECT_EQ(value, ~0ull);
	EXPECT(!text_parse_dec("18446744073709551616", &value));
	EXPECT(!text_parse_dec("1f", &value));
	EXPECT(!text_parse_dec("", &value));
}

/* Proves: CLI-002 */
HOST_TEST(text_size_is_hex_or_decimal_with_a_unit)
{
	static const struct {
		const char *word;
		u64 size;
	} good[] = {
		{ "10", 0x10 }, { "200000", 0x200000 }, { "10K", 10 << 10 },
		{ "64M", 64 << 20 }, { "1G", 1ull << 30 }, { "2t", 2ull << 40 },
		{ "4k", 4096 }, { "0M", 0 }, { "16777215T", 16777215ull << 40 },
	};
	static const char *const bad[] = {
		"K", "10KB", "1fM", "0x10M", "16777216T", "1.5M", "M1", "",
		"18446744073709551616K",
	};
	u64 size;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT(text_parse_size(good[i].word, &size));
		EXPECT_EQ(size, good[i].size);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT(!text_parse_size(bad[i], &size));
}

/* Proves: CLI-003 */
HOST_TEST(text_order_is_o_and_decimal)
{
	unsigned int order;

	EXPECT(text_parse_order("o0", 18, &order));
	EXPECT_EQ(order, 0);
	EXPECT(text_parse_order("o18", 18, &order));
	EXPECT_EQ(order, 18);
	EXPECT(!text_parse_order("o19", 18, &order));
	EXPECT(!text_parse_order("10", 18, &order));
	EXPECT(!text_parse_order("o", 18, &order));
	EXPECT(!text_parse_order("o1f", 18, &order));
	EXPECT(!text_parse_order("o18446744073709551616", 18, &order));
}

/* Proves: CLI-004 */
HOST_TEST(text_variable_names_are_told_from_attributes)
{
	EXPECT(text_is_var("buf"));
	EXPECT(text_is_var("_x9"));
	EXPECT(text_is_var("Buf_A"));
	EXPECT(!text_is_var("a["));
	EXPECT(!text_is_var("a{"));
	EXPECT(!text_is_var("a/"));
	EXPECT(!text_is_var("a:"));
	EXPECT(!text_is_var("~a"));
	EXPECT(!text_is_var("9x"));
	EXPECT(!text_is_var("a-b"));
	EXPECT(!text_is_var(""));
	EXPECT(!text_is_var("rw"));
	EXPECT(!text_is_var("x"));
	EXPECT(!text_is_var("a,b"));
	EXPECT(text_is_attrs("rw"));
	EXPECT(text_is_attrs("dev-GRE"));
	EXPECT(text_is_attrs("junk,rw"));
	EXPECT(!text_is_attrs("rwx"));
}

/* Proves: CLI-005 */
HOST_TEST(text_attributes_in_any_order_each_once)
{
	struct text_attrs attrs;
	const char *bad;

	EXPECT(text_parse_attrs("nsh,dev-nGnRE,x,ro", &attrs, &bad));
	EXPECT_EQ(attrs.attr.type, VMSA_DEV_NGNRE);
	EXPECT_EQ(attrs.attr.share, VMSA_NSH);
	EXPECT_EQ(attrs.attr.perm, VMSA_RO);
	EXPECT(attrs.attr.exec);
	EXPECT(attrs.has_type && attrs.has_share && attrs.has_perm &&
	       attrs.has_exec);

	EXPECT(text_parse_attrs("nc", &attrs, &bad));
	EXPECT(attrs.has_type);
	EXPECT(!attrs.has_share && !attrs.has_perm && !attrs.has_exec);

	EXPECT(!text_parse_attrs("rw,ro", &attrs, &bad));
	EXPECT(!strcmp(bad, "ro"));
	EXPECT(!text_parse_attrs("wb,junk,rw", &attrs, &bad));
	EXPECT(!strcmp(bad, "junk,rw"));
	EXPECT(!text_parse_attrs("rw,", &attrs, &bad));
	EXPECT(!text_parse_attrs(",rw", &attrs, &bad));
	EXPECT(!text_parse_attrs("", &attrs, &bad));
}

static bool attr_round_trips(const char *word)
{
	struct text_attrs attrs;
	char buf[TEXT_ATTR_LEN];
	const char *bad;

	if (!text_parse_attrs(word, &attrs, &bad))
		return false;
	if (!attrs.has_share)
		attrs.attr.share = text_default_share(attrs.attr.type);
	text_attr(attrs.attr, buf);
	return !strcmp(word, buf);
}

/* Proves: CLI-005 */
HOST_TEST(text_attributes_print_as_they_are_typed)
{
	EXPECT(attr_round_trips("rw,nx,wb"));
	EXPECT(attr_round_trips("ro,x,nc"));
	EXPECT(attr_round_trips("none,nx,dev"));
	EXPECT(attr_round_trips("none,nx,dev-nGnRE,osh"));
	EXPECT(attr_round_trips("rw,nx,dev-GRE,ish"));
	EXPECT(attr_round_trips("rw,nx,wb,nsh"));
	EXPECT(!strcmp(text_type(7), "?"));
	EXPECT(!strcmp(text_share(1), "?"));
}

/* Proves: CLI-006 */
HOST_TEST(text_size_prints_exactly)
{
	static const struct {
		u64 bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" }, { 1, "1" }, { 4096, "4K" }, { 0x201000, "2052K" },
		{ 64 << 20, "64M" }, { 255ull << 30, "255G" },
		{ 1ull << 40, "1T" }, { 1ull << 63, "8388608T" },
		{ ~0ull, "18446744073709551615" },
	};
	char buf[TEXT_SIZE_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		text_size(cases[i].bytes, buf);
		EXPECT(!strcmp(buf, cases[i].text));
	}
}

/* Proves: CLI-006 */
HOST_TEST(text_size_about_rounds_down_to_a_tenth)
{
	static const struct {
		u64 bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" }, { 1023, "1023" }, { 1024, "1K" }, { 1536, "1.5K" },
		{ (64 << 20) - 4096, "63.9M" }, { 64 << 20, "64M" },
		{ (1000ull << 20) - 1, "999.9M" },
		{ (1ull << 30) - 1, "1023M" }, { ~0ull, "16777215T" },
	};
	char buf[TEXT_SIZE_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		text_size_about(cases[i].bytes, buf);
		EXPECT(!strcmp(buf, cases[i].text));
	}
}
