/*
 * Numbers as text, the same in every locale.
 */
#ifndef NST_BASE_DECIMAL_H
#define NST_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/* The whole TEXT is a whole number, or a finite number. On false *OUT is unchanged. */
bool nst__parse_int(int64_t *out, const char *text);
bool nst__parse_float(double *out, const char *text);
/* The same with K, M or G (powers of 1024) at the end: "1.5G". */
bool nst__parse_bytes(int64_t *out, const char *text);

enum { NST__DECIMAL = 48 }; /* bytes, enough for every number with its final zero */

void nst__print_int(char out[NST__DECIMAL], int64_t value);
/* The shortest text that nst__parse_float() reads as VALUE, which is finite. */
void nst__print_float(char out[NST__DECIMAL], double value);

#endif
