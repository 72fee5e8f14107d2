/* strftime in the C locale, with GNU's flags and widths (%-d, %_5H, %^a). */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FIELD_SIZE 64

static const char *const day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
					"Thursday", "Friday", "Saturday"};
static const char *const month_names[] = {"January",   "February", "March",    "April",
					  "May",       "June",	   "July",     "August",
					  "September", "October",  "November", "December"};

static const char *day_name(const struct tm *tm)
{
	return tm->tm_wday >= 0 && tm->tm_wday < 7 ? day_names[tm->tm_wday] : "?";
}

static const char *month_name(const struct tm *tm)
{
	return tm->tm_mon >= 0 && tm->tm_mon < 12 ? month_names[tm->tm_mon] : "?";
}

static int hour12(const struct tm *tm)
{
	return tm->tm_hour % 12 ? tm->tm_hour % 12 : 12;
}

static int days_in_year(long long year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
}

/* The week of ISO 8601: week 1 is the one with the year's first Thursday. */
static int iso_week(const struct tm *tm, long long *year)
{
	int monday_based = (tm->tm_wday + 6) % 7;
	int week = (tm->tm_yday - monday_based + 10) / 7;

	*year = tm->tm_year + 1900LL;
	if (week < 1) {
		--*year;
		return (tm->tm_yday + days_in_year(*year) - monday_based + 10) / 7;
	}
	/* The last days belong to the next year if their Thursday does. */
	if (tm->tm_yday - monday_based + 3 >= days_in_year(*year)) {
		++*year;
		return 1;
	}
	return week;
}

/* What a letter that abbreviates other letters stands for. */
static const char *composite(char c)
{
	switch (c) {
	case 'c':
		return "%a %b %e %H:%M:%S %Y";
	case 'D':
	case 'x':
		return "%m/%d/%y";
	case 'F':
		return "%Y-%m-%d";
	case 'R':
		return "%H:%M";
	case 'r':
		return "%I:%M:%S %p";
	case 'T':
	case 'X':
		return "%H:%M:%S";
	default:
		return NULL;
	}
}

static int zone_offset(char *out, const struct tm *tm)
{
	long minutes = tm->tm_gmtoff / 60;
	char sign = minutes < 0 ? '-' : '+';

	if (minutes < 0)
		minutes = -minutes;
	return snprintf(out, FIELD_SIZE, "%c%02ld%02ld", sign, minutes / 60, minutes % 60);
}

/* The letters that are names and texts. Returns -1 for the others. */
static int text_field(char *out, char c, const struct tm *tm)
{
	switch (c) {
	case 'a':
		return snprintf(out, FIELD_SIZE, "%.3s", day_name(tm));
	case 'A':
		return snprintf(out, FIELD_SIZE, "%s", day_name(tm));
	case 'b':
	case 'h':
		return snprintf(out, FIELD_SIZE, "%.3s", month_name(tm));
	case 'B':
		return snprintf(out, FIELD_SIZE, "%s", month_name(tm));
	case 'n':
		return snprintf(out, FIELD_SIZE, "\n");
	case 't':
		return snprintf(out, FIELD_SIZE, "\t");
	case '%':
		return snprintf(out, FIELD_SIZE, "%%");
	case 'p':
		return snprintf(out, FIELD_SIZE, "%s", tm->tm_hour < 12 ? "AM" : "PM");
	case 'P':
		return snprintf(out, FIELD_SIZE, "%s", tm->tm_hour < 12 ? "am" : "pm");
	case 'Z':
		return snprintf(out, FIELD_SIZE, "%s", tm->tm_zone ? tm->tm_zone : "UTC");
	case 'z':
		return zone_offset(out, tm);
	default:
		return -1;
	}
}

/* The letters that are numbers. Returns -1 for the others. */
static int number_field(char *out, char c, const struct tm *tm)
{
	long long year = tm->tm_year + 1900LL, iso_year;
	int week = iso_week(tm, &iso_year);
	struct tm copy = *tm;

	switch (c) {
	case 'C':
		return snprintf(out, FIELD_SIZE, "%02lld", year / 100);
	case 'd':
		return snprintf(out, FIELD_SIZE, "%02d", tm->tm_mday);
	case 'e':
		return snprintf(out, FIELD_SIZE, "%2d", tm->tm_mday);
	case 'G':
		return snprintf(out, FIELD_SIZE, "%lld", iso_year);
	case 'g':
		return snprintf(out, FIELD_SIZE, "%02lld", iso_year % 100);
	case 'H':
		return snprintf(out, FIELD_SIZE, "%02d", tm->tm_hour);
	case 'I':
		return snprintf(out, FIELD_SIZE, "%02d", hour12(tm));
	case 'j':
		return snprintf(out, FIELD_SIZE, "%03d", tm->tm_yday + 1);
	case 'k':
		return snprintf(out, FIELD_SIZE, "%2d", tm->tm_hour);
	case 'l':
		return snprintf(out, FIELD_SIZE, "%2d", hour12(tm));
	case 'M':
		return snprintf(out, FIELD_SIZE, "%02d", tm->tm_min);
	case 'm':
		return snprintf(out, FIELD_SIZE, "%02d", tm->tm_mon + 1);
	case 'S':
		return snprintf(out, FIELD_SIZE, "%02d", tm->tm_sec);
	case 's':
		return snprintf(out, FIELD_SIZE, "%lld", timegm(&copy));
	case 'U':
		return snprintf(out, FIELD_SIZE, "%02d", (tm->tm_yday + 7 - tm->tm_wday) / 7);
	case 'u':
		return snprintf(out, FIELD_SIZE, "%d", tm->tm_wday ? tm->tm_wday : 7);
	case 'V':
		return snprintf(out, FIELD_SIZE, "%02d", week);
	case 'W':
		return snprintf(out, FIELD_SIZE, "%02d",
				(tm->tm_yday + 7 - (tm->tm_wday + 6) % 7) / 7);
	case 'w':
		return snprintf(out, FIELD_SIZE, "%d", tm->tm_wday);
	case 'Y':
		return snprintf(out, FIELD_SIZE, "%lld", year);
	case 'y':
		return snprintf(out, FIELD_SIZE, "%02lld", (year % 100 + 100) % 100);
	default:
		return -1;
	}
}

/* One directive: what stands between the '%' and the letter. */
struct directive {
	char pad;  /* '-', '_' or '0'; NUL: as the letter has it */
	int upper; /* '^' */
	int swap;  /* '#' */
	int width;
};

static const char *parse_directive(const char *p, struct directive *d)
{
	*d = (struct directive){0};
	for (; *p && strchr("-_0^#+", *p); p++) {
		d->upper |= *p == '^';
		d->swap |= *p == '#';
		if (*p == '-' || *p == '_' || *p == '0')
			d->pad = *p;
	}
	for (; isdigit((unsigned char)*p) && d->width < INT_MAX / 20; p++)
		d->width = d->width * 10 + *p - '0';
	/* The C locale has no alternative representations. */
	if ((*p == 'E' || *p == 'O') && p[1])
		p++;
	return p;
}

struct output {
	char *s;
	size_t max;
	size_t used; /* max: it does not fit */
};

static void emit(struct output *out, char c)
{
	if (out->used < out->max)
		out->s[out->used++] = c;
}

/* A number: its zeros or blanks in front give way to those that the flag wants. */
static void emit_number(struct output *out, const struct directive *d, char letter,
			const char *field, int len)
{
	char pad = strchr("ekl", letter) ? ' ' : '0';
	int width = d->width > len ? d->width : len;

	if (d->pad) {
		for (; len > 1 && (*field == '0' || *field == ' '); len--)
			field++;
		pad = d->pad == '_' ? ' ' : '0';
		width = d->pad == '-' ? 0 : width;
	}
	for (; width > len; width--)
		emit(out, pad);
	while (len--)
		emit(out, *field++);
}

static void emit_text(struct output *out, const struct directive *d, char letter, const char *field,
		      int len)
{
	int lower = d->swap && (letter == 'p' || letter == 'Z');
	int upper = d->upper || (d->swap && strchr("aAbBh", letter)), width = d->width;

	for (; width > len; width--)
		emit(out, d->pad == '0' ? '0' : ' ');
	for (; len--; field++)
		emit(out, lower ? tolower(*field) : upper ? toupper(*field) : *field);
}

/* Handles the directive at p (the '%'). Returns what follows it. */
static const char *format_one(struct output *out, const char *p, const struct tm *tm)
{
	struct directive d;
	const char *letter = parse_directive(p + 1, &d);
	char field[FIELD_SIZE];
	int len;

	if (composite(*letter)) {
		len = strftime(field, sizeof(field), composite(*letter), tm);
		emit_text(out, &d, *letter, field, len);
	} else if ((len = text_field(field, *letter, tm)) >= 0) {
		emit_text(out, &d, *letter, field, len);
	} else if ((len = number_field(field, *letter, tm)) >= 0) {
		emit_number(out, &d, *letter, field, len);
	} else {
		emit_text(out, &d, '%', p, letter - p + (*letter != '\0'));
	}
	return *letter ? letter + 1 : letter;
}

size_t strftime(char *s, size_t max, const char *fmt, const struct tm *tm)
{
	struct output out = {.s = s, .max = max};

	while (*fmt) {
		if (*fmt == '%')
			fmt = format_one(&out, fmt, tm);
		else
			emit(&out, *fmt++);
	}
	if (out.used >= max)
		return 0;
	s[out.used] = '\0';
	return out.used;
}
