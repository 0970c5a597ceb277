#include "base/decimal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool nst__parse_int(int64_t *out, const char *text)
{
    char *end;
    if (*text != '-' && (*text < '0' || *text > '9')) return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno) return false;
    *out = value;
    return true;
}

/* strtod() reads the decimal point of the host's locale. So it gets the digits without a point, and the exponent that
 * makes up for it: it then rounds correctly, and is the same in every locale. */
bool nst__parse_float(double *out, const char *text)
{
    char plain[340] = "";
    size_t length = 0, digits = 0;
    int64_t exponent = 0;
    int scale = 0;
    const char *p = text;
    if (*p == '-' || *p == '+') plain[length++] = *p++;
    for (; *p >= '0' && *p <= '9' && digits <= 300; p++, digits++)
        plain[length++] = *p;
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9' && digits <= 300; p++, digits++, scale--)
            plain[length++] = *p;
    if (digits == 0 || digits > 300) return false;
    if (*p == 'e' || *p == 'E') {
        p += p[1] == '+' ? 2 : 1;
        if (!nst__parse_int(&exponent, p) || exponent > 400 || exponent < -400) return false;
        p += strlen(p);
    }
    if (*p) return false;
    snprintf(plain + length, sizeof plain - length, "e%d", (int)exponent + scale);
    const double value = strtod(plain, NULL);
    if (!isfinite(value)) return false;
    *out = value;
    return true;
}

bool nst__parse_bytes(int64_t *out, const char *text)
{
    char digits[NST__DECIMAL];
    double value;
    size_t length = strlen(text);
    int shift = 0;
    if (length == 0 || length >= sizeof digits) return false;
    memcpy(digits, text, length + 1);
    switch (digits[length - 1]) {
    case 'K':
    case 'k': shift = 10; break;
    case 'M':
    case 'm': shift = 20; break;
    case 'G':
    case 'g': shift = 30; break;
    default: break;
    }
    if (shift) digits[length - 1] = '\0';
    if (!nst__parse_float(&value, digits) || fabs(value) > 9e15) return false;
    value *= (double)((int64_t)1 << shift);
    if (fabs(value) > 9e15) return false;
    *out = (int64_t)value;
    return true;
}

void nst__print_int(char out[NST__DECIMAL], int64_t value)
{
    snprintf(out, NST__DECIMAL, "%" PRId64, value);
}

/* The digits of VALUE, which is not negative, with MORE after the first, and the power of ten of the first. The point
 * between them is that of the locale, of any length. */
static int take_digits(char digits[20], double value, int more)
{
    char text[48];
    size_t count = 0;
    snprintf(text, sizeof text, "%.*e", more, value);
    const char *exponent = strchr(text, 'e');
    for (const char *p = text; p < exponent; p++)
        if (*p >= '0' && *p <= '9') digits[count++] = *p;
    digits[count] = '\0';
    return atoi(exponent + 1);
}

static void compose(char out[NST__DECIMAL], const char *sign, const char *digits, int power)
{
    const int count = (int)strlen(digits);
    if (power >= 0 && power < 16 && count <= power + 1)
        snprintf(out, NST__DECIMAL, "%s%s%.*s", sign, digits, power + 1 - count, "0000000000000000");
    else if (power >= 0 && power < 16)
        snprintf(out, NST__DECIMAL, "%s%.*s.%s", sign, power + 1, digits, digits + power + 1);
    else if (power < 0 && power >= -4)
        snprintf(out, NST__DECIMAL, "%s0.%.*s%s", sign, -power - 1, "000", digits);
    else
        snprintf(out, NST__DECIMAL, "%s%c%s%se%d", sign, digits[0], digits[1] ? "." : "", digits + 1, power);
}

void nst__print_float(char out[NST__DECIMAL], double value)
{
    char digits[20];
    double again = NAN;
    for (int more = 0; more <= 16 && !(again == value); more++) {
        const int power = take_digits(digits, fabs(value), more);
        compose(out, signbit(value) ? "-" : "", digits, power);
        if (!nst__parse_float(&again, out)) again = NAN;
    }
}
