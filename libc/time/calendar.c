/*
 * Calendar time, all in UTC. Days are counted from 1 March of year 0, so that the leap day is
 * the last one of its year; 400 years are then always 146,097 days.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#define SECS_PER_DAY	 86400
#define DAYS_PER_ERA	 146097
#define DAYS_TO_EPOCH	 719468 /* from 0000-03-01 to 1970-01-01 */
#define EPOCH_WEEKDAY	 4	/* a Thursday */
#define DAYS_BEFORE_JAN1 306	/* of a year that starts in March */
#define ASCTIME_SIZE	 26

char *tzname[2] = {"UTC", "UTC"};

static int is_leap(long long year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Division that rounds towards minus infinity. */
static long long floor_div(long long a, long long b)
{
	return a / b - (a % b < 0);
}

struct tm *gmtime_r(const time_t *t, struct tm *tm)
{
	long long days = floor_div(*t, SECS_PER_DAY);
	long long era, year;
	int secs = *t - days * SECS_PER_DAY;
	int doe, yoe, doy, mp;

	tm->tm_wday = (days % 7 + 7 + EPOCH_WEEKDAY) % 7;
	days += DAYS_TO_EPOCH;
	era = floor_div(days, DAYS_PER_ERA);
	doe = days - era * DAYS_PER_ERA;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	year = era * 400 + yoe + (mp >= 10);
	if (year - 1900 > INT_MAX || year - 1900 < INT_MIN) {
		errno = EOVERFLOW;
		return NULL;
	}
	tm->tm_year = year - 1900;
	tm->tm_mon = mp < 10 ? mp + 2 : mp - 10;
	tm->tm_mday = doy - (153 * mp + 2) / 5 + 1;
	tm->tm_yday = mp < 10 ? doy + 59 + is_leap(year) : doy - DAYS_BEFORE_JAN1;
	tm->tm_hour = secs / 3600;
	tm->tm_min = secs / 60 % 60;
	tm->tm_sec = secs % 60;
	tm->tm_isdst = 0;
	tm->tm_gmtoff = 0;
	tm->tm_zone = tzname[0];
	return tm;
}

struct tm *gmtime(const time_t *t)
{
	static struct tm tm;

	return gmtime_r(t, &tm);
}

struct tm *localtime(const time_t *t)
{
	return gmtime(t);
}

/* Takes fields out of their ranges too, and brings them into range. */
time_t timegm(struct tm *tm)
{
	long long mon = tm->tm_mon;
	long long year = tm->tm_year + 1900LL + floor_div(mon, 12);
	long long era, days;
	int yoe, mp;
	time_t t;

	mon -= floor_div(mon, 12) * 12;
	mp = mon >= 2 ? mon - 2 : mon + 10;
	year -= mon < 2;
	era = floor_div(year, 400);
	yoe = year - era * 400;
	days = era * DAYS_PER_ERA + 365 * yoe + yoe / 4 - yoe / 100 + (153 * mp + 2) / 5;
	days += tm->tm_mday - 1LL - DAYS_TO_EPOCH;
	t = days * SECS_PER_DAY + tm->tm_hour * 3600LL + tm->tm_min * 60LL + tm->tm_sec;
	return gmtime_r(&t, tm) ? t : -1;
}

time_t mktime(struct tm *tm)
{
	return timegm(tm);
}

static char *asctime_r(const struct tm *tm, char *buf)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int day_ok = tm->tm_wday >= 0 && tm->tm_wday < 7;
	int mon_ok = tm->tm_mon >= 0 && tm->tm_mon < 12;
	int len = snprintf(buf, ASCTIME_SIZE, "%.3s %.3s%3d %.2d:%.2d:%.2d %lld\n",
			   day_ok ? days + 3 * tm->tm_wday : "???",
			   mon_ok ? months + 3 * tm->tm_mon : "???", tm->tm_mday, tm->tm_hour,
			   tm->tm_min, tm->tm_sec, tm->tm_year + 1900LL);

	if (len < ASCTIME_SIZE)
		return buf;
	errno = EOVERFLOW;
	return NULL;
}

char *asctime(const struct tm *tm)
{
	static char buf[ASCTIME_SIZE];

	return asctime_r(tm, buf);
}
