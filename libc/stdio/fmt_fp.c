/*
 * %f, %e, %g and %a, exactly rounded for every value and precision.
 *
 * A binary floating-point number m * 2^e is also a decimal one: for e >= 0 the integer m * 2^e,
 * for e < 0 the integer m * 5^-e with the decimal point moved -e places to the left. So the
 * number is expanded completely, in base 1e9, into a string of decimal digits; rounding and
 * layout then work on that string.
 */
#include <stdint.h>
#include "libc/include/string.h"
#include "libc/stdio/format_impl.h"

#define LIMB_BASE   1000000000u
#define LIMB_DIGITS 9

#define EXPONENT_BIAS 16383
#define EXPONENT_MAX  0x7fff
#define MANTISSA_BITS 64

#define POWER_OF_5     1220703125u /* 5^13, the largest below 2^32 */
#define POWER_OF_5_EXP 13
#define SHIFT_STEP     29

/* The x87 extended format: an explicit leading bit, 15 bits of exponent, a sign. */
union extended {
	long double value;
	struct {
		uint64_t mantissa;
		uint16_t exponent;
	} bits;
};

/* A number in pieces: mantissa * 2^exponent. */
struct binary {
	uint64_t mantissa;
	int exponent;
	int negative;
	int special; /* infinity or not a number */
	int is_double;
};

/* Decimal digits d[0].d[1]d[2]… * 10^exponent; d[-1] is writable, for a carry. */
struct decimal {
	char *d;
	int len;
	int exponent;
};

/* A number ready to be written: prefix, body with its point, exponent part. */
struct layout {
	const struct decimal *dec;
	int integer;	/* digits before the point */
	int first;	/* index in d of the first of them; negative ones are zeros */
	int fraction;	/* digits behind the point */
	int point;	/* is there one? */
	char tail[8];	/* e+XX */
	char prefix[4]; /* sign, 0x */
};

static struct binary split(long double value, int is_double)
{
	union extended u = {.value = value};
	struct binary b = {.is_double = is_double};
	int exponent = u.bits.exponent & EXPONENT_MAX;

	b.negative = u.bits.exponent >> 15;
	b.mantissa = u.bits.mantissa;
	b.special = exponent == EXPONENT_MAX;
	b.exponent = (exponent ? exponent : 1) - EXPONENT_BIAS - (MANTISSA_BITS - 1);
	return b;
}

/* Multiplies the n limbs by a factor; returns the new number of limbs. */
static int multiply(uint32_t *limb, int n, uint32_t factor)
{
	uint64_t carry = 0;
	int i;

	for (i = 0; i < n; i++) {
		carry += (uint64_t)limb[i] * factor;
		limb[i] = carry % LIMB_BASE;
		carry /= LIMB_BASE;
	}
	for (; carry; carry /= LIMB_BASE)
		limb[n++] = carry % LIMB_BASE;
	return n;
}

/* The integer mantissa * 2^two * 5^five in limbs; returns their number. */
static int expand(uint32_t *limb, uint64_t mantissa, int two, int five)
{
	int n = 0;
	uint32_t rest = 1;

	for (; mantissa; mantissa /= LIMB_BASE)
		limb[n++] = mantissa % LIMB_BASE;
	for (; two >= SHIFT_STEP; two -= SHIFT_STEP)
		n = multiply(limb, n, 1u << SHIFT_STEP);
	for (; five >= POWER_OF_5_EXP; five -= POWER_OF_5_EXP)
		n = multiply(limb, n, POWER_OF_5);
	for (rest <<= two; five; five--)
		rest *= 5;
	return multiply(limb, n, rest);
}

/* Writes the digits of the limbs, the highest first, without leading zeros. */
static int limbs_to_digits(char *d, const uint32_t *limb, int n)
{
	int len = 0, lead = 0;

	while (n--) {
		uint32_t v = limb[n];
		int i;

		for (i = LIMB_DIGITS - 1; i >= 0; i--, v /= 10)
			d[len + i] = '0' + v % 10;
		len += LIMB_DIGITS;
	}
	while (lead < len && d[lead] == '0')
		lead++;
	memmove(d, d + lead, len - lead);
	return len - lead;
}

/* How many limbs the expansion of b takes at most, with room for a carry. */
static int limbs_needed(const struct binary *b)
{
	int bits = MANTISSA_BITS;

	/* 5^k has less than 2.33 k bits; a limb holds more than 29. */
	if (b->exponent > 0)
		bits += b->exponent;
	else
		bits += -b->exponent * 7 / 3 + 1;
	return bits / 29 + 3;
}

static void to_decimal(struct decimal *dec, const struct binary *b, uint32_t *limb)
{
	uint64_t m = b->mantissa;
	int e = b->exponent;
	int n;

	if (m == 0) {
		dec->d[0] = '0';
		dec->len = 1;
		dec->exponent = 0;
		return;
	}
	for (; e < 0 && (m & 1) == 0; e++)
		m >>= 1;
	n = expand(limb, m, e > 0 ? e : 0, e < 0 ? -e : 0);
	dec->len = limbs_to_digits(dec->d, limb, n);
	dec->exponent = dec->len - 1 + (e < 0 ? e : 0);
}

/* Is the part of the digits from index `keep` on worth a one in the last place kept? */
static int rounds_up(const struct decimal *dec, int keep)
{
	int i;

	if (keep < 0 || keep >= dec->len || dec->d[keep] < '5')
		return 0;
	if (dec->d[keep] > '5')
		return 1;
	for (i = keep + 1; i < dec->len; i++) {
		if (dec->d[i] != '0')
			return 1;
	}
	/* Exactly half: to the even digit. */
	return keep > 0 && ((dec->d[keep - 1] - '0') & 1);
}

/* Rounds to `keep` digits (none or fewer: to 0, or to 1 in the place before the first). */
static void round_decimal(struct decimal *dec, int keep)
{
	int up = rounds_up(dec, keep);
	int i;

	if (keep >= dec->len)
		return;
	dec->len = keep > 0 ? keep : 0;
	if (!up)
		return;
	for (i = dec->len - 1; i >= 0 && dec->d[i] == '9'; i--)
		dec->d[i] = '0';
	if (i >= 0) {
		dec->d[i]++;
		return;
	}
	*--dec->d = '1';
	dec->len++;
	dec->exponent++;
}

static void emit(struct format_sink *sink, const char *s, int len)
{
	if (len > 0)
		sink->write(sink, s, len);
}

/* Digits from index `from` on; where there are none, zeros. */
static void emit_digits(struct format_sink *sink, const struct decimal *dec, int from, int count)
{
	int have;

	if (from < 0) {
		int zeros = -from < count ? -from : count;

		__format_pad(sink, '0', zeros);
		from += zeros;
		count -= zeros;
	}
	have = dec->len - from < count ? dec->len - from : count;
	if (have < 0)
		have = 0;
	emit(sink, dec->d + from, have);
	__format_pad(sink, '0', count - have);
}

static int emit_layout(struct format_sink *sink, const struct format_spec *spec,
		       const struct layout *l)
{
	int prefix = strlen(l->prefix), tail = strlen(l->tail);
	long long len = (long long)prefix + l->integer + l->point + l->fraction + tail;
	int space = spec->width > len ? spec->width - len : 0;
	int left = spec->flags & FORMAT_LEFT, zero = spec->flags & FORMAT_ZERO;

	if (len + space > INT32_MAX)
		return -1;
	if (!left && !zero)
		__format_pad(sink, ' ', space);
	emit(sink, l->prefix, prefix);
	if (!left && zero)
		__format_pad(sink, '0', space);
	emit_digits(sink, l->dec, l->first, l->integer);
	emit(sink, ".", l->point);
	emit_digits(sink, l->dec, l->first + l->integer, l->fraction);
	emit(sink, l->tail, tail);
	if (left)
		__format_pad(sink, ' ', space);
	return len + space;
}

static void write_exponent(char *tail, char letter, int exponent, int min_digits)
{
	char digits[6];
	int n = 0;

	*tail++ = letter;
	*tail++ = exponent < 0 ? '-' : '+';
	if (exponent < 0)
		exponent = -exponent;
	for (; exponent || n < min_digits; exponent /= 10)
		digits[n++] = '0' + exponent % 10;
	while (n)
		*tail++ = digits[--n];
	*tail = '\0';
}

static void layout_fixed(struct layout *l, const struct decimal *dec, int precision)
{
	l->integer = dec->exponent > 0 ? dec->exponent + 1 : 1;
	l->first = dec->exponent > 0 ? 0 : dec->exponent;
	l->fraction = precision;
}

static void layout_scientific(struct layout *l, const struct decimal *dec, int precision, int upper)
{
	l->integer = 1;
	l->first = 0;
	l->fraction = precision;
	write_exponent(l->tail, upper ? 'E' : 'e', dec->exponent, 2);
}

/* %g: `precision` significant digits, in the shorter notation, without trailing zeros. */
static void layout_general(struct layout *l, struct decimal *dec, int precision,
			   const struct format_spec *spec)
{
	int significant = precision;

	round_decimal(dec, precision);
	if (!(spec->flags & FORMAT_ALT)) {
		significant = dec->len < precision ? dec->len : precision;
		while (significant > 1 && dec->d[significant - 1] == '0')
			significant--;
	}
	if (dec->exponent < -4 || dec->exponent >= precision) {
		layout_scientific(l, dec, significant - 1, spec->flags & FORMAT_UPPER);
	} else {
		int fraction = significant - 1 - dec->exponent;

		layout_fixed(l, dec, fraction > 0 ? fraction : 0);
	}
}

static int format_decimal(struct format_sink *sink, const struct format_spec *spec,
			  const struct binary *b, struct layout *l)
{
	int limbs = limbs_needed(b);
	uint32_t limb[limbs];
	char digits[limbs * LIMB_DIGITS + 1];
	struct decimal dec = {.d = digits + 1};
	int precision = spec->precision < 0 ? 6 : spec->precision;

	to_decimal(&dec, b, limb);
	l->dec = &dec;
	switch (spec->conv) {
	case 'f':
		if (dec.exponent + 1 + (int64_t)precision < dec.len)
			round_decimal(&dec, dec.exponent + 1 + precision);
		layout_fixed(l, &dec, precision);
		break;
	case 'e':
		if (precision < dec.len)
			round_decimal(&dec, precision + 1);
		layout_scientific(l, &dec, precision, spec->flags & FORMAT_UPPER);
		break;
	default:
		layout_general(l, &dec, precision ? precision : 1, spec);
		break;
	}
	l->point = l->fraction > 0 || (spec->flags & FORMAT_ALT);
	return emit_layout(sink, spec, l);
}

/*
 * Brings the mantissa into the place where %a wants it: one hexadecimal digit, then the
 * fraction. A double is shown as 1.xxx (a denormal as 0.xxx), an extended number with its
 * four highest bits before the point. Returns the binary exponent that is printed.
 */
static int normalise_hex(struct binary *b)
{
	int exponent = b->exponent + MANTISSA_BITS - 1;

	if (b->mantissa == 0)
		return 0;
	if (!b->is_double)
		return exponent - 3;
	if (exponent < -1022) {
		b->mantissa >>= -1022 - exponent;
		exponent = -1022;
	}
	/* The integer bit moves from bit 63 to bit 60; a double's lowest bits are zero. */
	b->mantissa >>= 3;
	return exponent;
}

/* Rounds the 16 hexadecimal digits of the mantissa to 1 + precision, half to even. */
static void round_hex(struct binary *b, int precision, int *exponent)
{
	int drop = 4 * (15 - precision);
	uint64_t unit = (uint64_t)1 << drop;
	uint64_t rest = b->mantissa & (unit - 1);
	uint64_t kept = b->mantissa - rest;

	if (rest > unit / 2 || (rest == unit / 2 && (kept & unit))) {
		if (kept + unit < kept) {
			kept >>= 4;
			*exponent += 4;
			unit >>= 4;
			kept |= (uint64_t)1 << 60;
		} else {
			kept += unit;
		}
	}
	b->mantissa = kept;
}

static int format_hex(struct format_sink *sink, const struct format_spec *spec, struct binary *b,
		      struct layout *l)
{
	const char *digit = spec->flags & FORMAT_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	int exponent = normalise_hex(b);
	char digits[16];
	struct decimal dec = {.d = digits, .len = 16};
	int i;

	if (spec->precision >= 0 && spec->precision < 15)
		round_hex(b, spec->precision, &exponent);
	for (i = 0; i < 16; i++)
		digits[i] = digit[b->mantissa >> (60 - 4 * i) & 15];
	l->dec = &dec;
	l->integer = 1;
	if (spec->precision >= 0) {
		l->fraction = spec->precision;
	} else {
		for (l->fraction = 15; l->fraction && digits[l->fraction] == '0'; l->fraction--)
			;
	}
	l->point = l->fraction > 0 || (spec->flags & FORMAT_ALT);
	strcat(l->prefix, spec->flags & FORMAT_UPPER ? "0X" : "0x");
	write_exponent(l->tail, spec->flags & FORMAT_UPPER ? 'P' : 'p', exponent, 1);
	return emit_layout(sink, spec, l);
}

static int format_special(struct format_sink *sink, const struct format_spec *spec,
			  const struct binary *b, struct layout *l)
{
	int nan = (b->mantissa << 1) != 0;
	int upper = spec->flags & FORMAT_UPPER;
	struct format_spec field = *spec;
	struct decimal text = {.len = 3};
	char word[4];

	strcpy(word, nan ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf"));
	text.d = word;
	field.flags &= ~FORMAT_ZERO;
	l->dec = &text;
	l->integer = 3;
	return emit_layout(sink, &field, l);
}

static long double real_arg(const struct format_spec *spec, struct format_args *args)
{
	if (args->values)
		return __format_value(args, spec->arg)->real;
	return spec->long_double ? va_arg(args->ap, long double) : va_arg(args->ap, double);
}

int __format_fp(struct format_sink *sink, const struct format_spec *spec, struct format_args *args)
{
	struct binary b = split(real_arg(spec, args), !spec->long_double);
	struct layout l = {0};

	if (b.negative)
		strcpy(l.prefix, "-");
	else if (spec->flags & FORMAT_PLUS)
		strcpy(l.prefix, "+");
	else if (spec->flags & FORMAT_SPACE)
		strcpy(l.prefix, " ");
	if (b.special)
		return format_special(sink, spec, &b, &l);
	if (spec->conv == 'a')
		return format_hex(sink, spec, &b, &l);
	return format_decimal(sink, spec, &b, &l);
}
