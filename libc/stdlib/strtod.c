/*
 * Floating-point numbers from text, correctly rounded (to nearest, ties to even).
 *
 * The digits form a big integer D and the number is D * 10^e, that is a fraction N / M of two
 * big integers. Both are shifted until 1 <= N/M < 2; then one bit of the result after the
 * other is had by comparing and subtracting, and what is left over decides the rounding.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_DIGITS   1100 /* more than decide about any double; the rest is only told from 0 */
#define LIMBS	     760  /* of 32 bits: 10^6300 */
#define MAX_EXPONENT 5100 /* decimal; beyond it everything overflows or is 0 */
#define LIMB_BITS    32

#define EXTENDED_BIAS 16383

/* The formats: bits of the mantissa, exponent of the lowest bit, largest exponent. */
struct format {
	int bits;
	int min_exponent;
	int max_exponent;
};

static const struct format float_format = {24, -149, 127};
static const struct format double_format = {53, -1074, 1023};
static const struct format extended_format = {64, -16445, 16383};

struct big {
	int n;
	uint32_t limb[LIMBS];
};

static void multiply_add(struct big *b, uint32_t factor, uint32_t carry)
{
	uint64_t v = carry;
	int i;

	for (i = 0; i < b->n; i++) {
		v += (uint64_t)b->limb[i] * factor;
		b->limb[i] = v;
		v >>= LIMB_BITS;
	}
	if (v)
		b->limb[b->n++] = v;
}

static void multiply_power_of_10(struct big *b, int exponent)
{
	for (; exponent >= 9; exponent -= 9)
		multiply_add(b, 1000000000, 0);
	for (; exponent > 0; exponent--)
		multiply_add(b, 10, 0);
}

static int bit_length(const struct big *b)
{
	return LIMB_BITS * b->n - __builtin_clz(b->limb[b->n - 1]);
}

static void shift_left(struct big *b, int bits)
{
	int limbs = bits / LIMB_BITS, i;

	bits %= LIMB_BITS;
	if (bits)
		multiply_add(b, 1u << bits, 0);
	if (!limbs)
		return;
	for (i = b->n - 1; i >= 0; i--)
		b->limb[i + limbs] = b->limb[i];
	memset(b->limb, 0, limbs * sizeof(b->limb[0]));
	b->n += limbs;
}

static int compare(const struct big *a, const struct big *b)
{
	int i;

	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (i = a->n - 1; i >= 0; i--) {
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	}
	return 0;
}

/* a -= b, where a is not smaller. */
static void subtract(struct big *a, const struct big *b)
{
	uint64_t borrow = 0;
	int i;

	for (i = 0; i < a->n; i++) {
		uint64_t v = (uint64_t)a->limb[i] - (i < b->n ? b->limb[i] : 0) - borrow;

		a->limb[i] = v;
		borrow = v >> 63;
	}
	while (a->n && a->limb[a->n - 1] == 0)
		a->n--;
}

/* mantissa * 2^exponent, which the format can hold. */
static long double compose(uint64_t mantissa, int exponent)
{
	union {
		long double value;
		struct {
			uint64_t mantissa;
			uint16_t exponent;
		} bits;
	} u = {.value = 0};
	int shift;

	if (mantissa == 0)
		return 0;
	shift = __builtin_clzll(mantissa);
	exponent += 63 + EXTENDED_BIAS;
	/* A denormal keeps leading zeros and has the exponent field of zero. */
	if (exponent - shift < 1) {
		u.bits.mantissa = mantissa << (exponent - 1);
	} else {
		u.bits.mantissa = mantissa << shift;
		u.bits.exponent = exponent - shift;
	}
	return u.value;
}

static long double out_of_range(long double value)
{
	errno = ERANGE;
	return value;
}

/* N / M * 2^exponent, rounded to the format. N and M are used up. */
static long double divide(struct big *n, struct big *m, int exponent, const struct format *format)
{
	int k = bit_length(n) - bit_length(m), bits, i, order;
	uint64_t q = 0;

	if (k >= 0)
		shift_left(m, k);
	else
		shift_left(n, -k);
	if (compare(n, m) < 0) {
		shift_left(n, 1);
		k--;
	}
	k += exponent;
	bits = k - format->min_exponent + 1;
	if (bits > format->bits)
		bits = format->bits;
	if (bits < 0)
		return out_of_range(0);
	for (i = 0; i < bits; i++) {
		q <<= 1;
		if (compare(n, m) >= 0) {
			subtract(n, m);
			q |= 1;
		}
		multiply_add(n, 2, 0);
	}
	order = compare(n, m);
	if (order > 0 || (order == 0 && (q & 1))) {
		q++;
		if (q == 0 || (bits < 64 && q >> bits))
			k++;
		if (q == 0)
			q = (uint64_t)1 << 63;
		else if (bits < 64 && q >> bits && bits)
			q >>= 1;
	}
	if (k > format->max_exponent)
		return out_of_range(__builtin_huge_vall());
	/* A denormal result is an underflow only if it is not exact. */
	if (bits < format->bits && n->n)
		errno = ERANGE;
	return compose(q, bits ? k - bits + 1 : format->min_exponent);
}

/* Reads an exponent behind its letter; leaves *s alone if there are no digits. */
static long read_exponent(const char **s)
{
	const char *p = *s + 1;
	int negative = *p == '-';
	long v = 0;

	if (*p == '+' || *p == '-')
		p++;
	if (!isdigit((unsigned char)*p))
		return 0;
	for (; isdigit((unsigned char)*p); p++) {
		if (v < 1000000)
			v = v * 10 + *p - '0';
	}
	*s = p;
	return negative ? -v : v;
}

struct digits {
	int any;       /* were there any, zeros included? */
	int count;     /* significant ones in n */
	long exponent; /* the power of the base that n is multiplied by */
	struct big n;
};

static int digit_of(int c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* Digits with at most one point among them, in base 10 or 16. Returns what follows. */
static const char *read_digits(const char *s, int base, struct digits *d)
{
	int point = 0, rest = 0;

	memset(d, 0, offsetof(struct digits, n) + sizeof(d->n.n));
	for (;; s++) {
		unsigned char c = *s;

		if (c == '.' && !point) {
			point = 1;
			continue;
		}
		if (base == 16 ? !isxdigit(c) : !isdigit(c))
			break;
		d->any = 1;
		if (d->count < MAX_DIGITS) {
			multiply_add(&d->n, base, digit_of(c));
			d->count += d->n.n > 0;
			d->exponent -= point;
		} else {
			rest |= c != '0';
			d->exponent += !point;
		}
	}
	/* Anything behind the digits kept only has to make the number a little larger. */
	if (rest) {
		multiply_add(&d->n, base, 1);
		d->exponent--;
	}
	return s;
}

static long double convert_decimal(struct digits *d, const struct format *format)
{
	static struct big m;

	if (d->n.n == 0)
		return 0;
	if (d->exponent + d->count > MAX_EXPONENT)
		return out_of_range(__builtin_huge_vall());
	if (d->exponent + d->count < -MAX_EXPONENT)
		return out_of_range(0);
	m.n = 1;
	m.limb[0] = 1;
	if (d->exponent >= 0)
		multiply_power_of_10(&d->n, d->exponent);
	else
		multiply_power_of_10(&m, -d->exponent);
	return divide(&d->n, &m, 0, format);
}

static long double convert_hex(struct digits *d, long binary_exponent, const struct format *format)
{
	static struct big m;
	long exponent = 4 * d->exponent + binary_exponent;

	if (d->n.n == 0)
		return 0;
	if (exponent > 1000000 || exponent < -1000000)
		return out_of_range(exponent > 0 ? __builtin_huge_vall() : 0);
	m.n = 1;
	m.limb[0] = 1;
	return divide(&d->n, &m, exponent, format);
}

/* inf, infinity, nan, nan(…). Returns the end, or NULL. */
static const char *read_word(const char *s, long double *value)
{
	if (strncasecmp(s, "inf", 3) == 0) {
		*value = __builtin_huge_vall();
		return s + (strncasecmp(s, "infinity", 8) == 0 ? 8 : 3);
	}
	if (strncasecmp(s, "nan", 3) == 0) {
		const char *p = s + 3;

		*value = __builtin_nanl("");
		if (*p == '(') {
			for (p++; isalnum((unsigned char)*p) || *p == '_'; p++)
				;
			if (*p == ')')
				return p + 1;
		}
		return s + 3;
	}
	return NULL;
}

static const char *read_number(const char *s, const struct format *format, long double *value)
{
	static struct digits d;
	const char *p;
	long exponent;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		p = read_digits(s + 2, 16, &d);
		if (d.any) {
			exponent = *p == 'p' || *p == 'P' ? read_exponent(&p) : 0;
			*value = convert_hex(&d, exponent, format);
			return p;
		}
		/* "0x" without digits is the number 0, followed by an x. */
	}
	p = read_digits(s, 10, &d);
	if (!d.any)
		return NULL;
	if (*p == 'e' || *p == 'E')
		d.exponent += read_exponent(&p);
	*value = convert_decimal(&d, format);
	return p;
}

static long double parse(const char *s, char **end, const struct format *format)
{
	const char *start = s, *p;
	long double value = 0;
	int negative = 0;

	while (isspace((unsigned char)*s))
		s++;
	if (*s == '+' || *s == '-')
		negative = *s++ == '-';
	p = read_word(s, &value);
	if (!p)
		p = read_number(s, format, &value);
	if (end)
		*end = (char *)(p ? p : start);
	return negative && p ? -value : value;
}

double strtod(const char *s, char **end)
{
	return parse(s, end, &double_format);
}

float strtof(const char *s, char **end)
{
	return parse(s, end, &float_format);
}

long double strtold(const char *s, char **end)
{
	return parse(s, end, &extended_format);
}
