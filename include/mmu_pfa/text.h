/* SPDX-License-Identifier: GPL-2.0+ */
/*
 * Words of the prompt: numbers, sizes, orders and attributes, as text and back.
 *
 * U-Boot's own hextoul() takes the start of "12xz" for a number and lets large
 * ones wrap; here a word is a number as a whole or not at all.
 */

#ifndef _MMU_PFA_TEXT_H
#define _MMU_PFA_TEXT_H

#include <mmu_pfa/port.h>
#include <mmu_pfa/vmsa.h>

/* Room for any text_size(): "18446744073709551615" and a NUL. */
#define TEXT_SIZE_LEN	24

/* Room for any text_attr(): "none,nx,dev-nGnRnE,osh" and a NUL. */
#define TEXT_ATTR_LEN	24

/**
 * text_parse_hex() - a hexadecimal number, with or without 0x
 *
 * Return: whether all of @word is one that fits in 64 bits
 */
bool text_parse_hex(const char *word, u64 *value);

/**
 * text_parse_dec() - a decimal number
 *
 * Return: whether all of @word is one that fits in 64 bits
 */
bool text_parse_dec(const char *word, u64 *value);

/**
 * text_parse_size() - hexadecimal bytes, or decimal with K, M, G or T
 *
 * Return: whether all of @word is a size that fits in 64 bits
 */
bool text_parse_size(const char *word, u64 *size);

/**
 * text_parse_order() - "o0" to "o18"
 *
 * @max: largest order allowed
 * Return: whether all of @word is an order
 */
bool text_parse_order(const char *word, unsigned int max, unsigned int *order);

/* Whether a word can name an environment variable for a result. */
bool text_is_var(const char *word);

/**
 * struct text_attrs - an attribute word: what it names, and what it leaves open
 */
struct text_attrs {
	struct vmsa_attr attr;
	bool has_type;
	bool has_share;
	bool has_perm;
	bool has_exec;
};

/* Whether a word means attributes: it holds a comma, or is one itself. */
bool text_is_attrs(const char *word);

/**
 * text_parse_attrs() - "rw,nx,wb" and the like, in any order
 *
 * @bad: on failure, where the first word begins that is unknown or names what
 *	 an earlier one has named already
 * Return: whether each part is an attribute and none is named twice
 */
bool text_parse_attrs(const char *word, struct text_attrs *attrs,
		      const char **bad);

/* The shareability that goes with a memory type where none is named. */
enum vmsa_share text_default_share(unsigned int type);

/* The name of a memory type: "wb", "dev-nGnRE". */
const char *text_type(unsigned int type);

/* The name of a shareability. */
const char *text_share(unsigned int share);

/**
 * text_attr() - attributes in the words that text_parse_attrs() takes
 *
 * Shareability is named only where it is not the usual one for the type.
 */
void text_attr(struct vmsa_attr attr, char buf[TEXT_ATTR_LEN]);

/**
 * text_size() - bytes in the largest unit that divides them: "2M", "2052K"
 */
void text_size(u64 bytes, char buf[TEXT_SIZE_LEN]);

/**
 * text_size_about() - bytes to a tenth of the unit: "2M", "61.8M"
 *
 * From 1000 on in whole units, "1012M", so that it takes six characters at most.
 */
void text_size_about(u64 bytes, char buf[TEXT_SIZE_LEN]);

#endif /* _MMU_PFA_TEXT_H */
