/* strftime in the C locale. */
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
	case '+':
		return "%a %b %e %H:%M:%S %Z %Y";
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

size_t strftime(char *s, size_t max, const char *fmt, const struct tm *tm)
{
	char field[FIELD_SIZE];
	size_t used = 0;

	for (; *fmt; fmt++) {
		int len;

		if (*fmt != '%' || fmt[1] == '\0') {
			field[0] = *fmt;
			len = 1;
		} else {
			fmt++;
			/* The C locale has no alternative representations. */
			if ((*fmt == 'E' || *fmt == 'O') && fmt[1])
				fmt++;
			if (composite(*fmt))
				len = strftime(field, sizeof(field), composite(*fmt), tm);
			else if ((len = text_field(field, *fmt, tm)) < 0 &&
				 (len = number_field(field, *fmt, tm)) < 0)
				len = snprintf(field, sizeof(field), "%%%c", *fmt);
		}
		if (used + len >= max)
			return 0;
		memcpy(s + used, field, len);
		used += len;
	}
	if (max == 0)
		return 0;
	s[used] = '\0';
	return used;
}
