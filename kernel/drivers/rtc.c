/*
 * The MC146818 real-time clock: read once at boot for the wall clock.
 */
#include "kernel/drivers/rtc.h"
#include "kernel/core/printk.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "libc/include/string.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

#define RTC_SECONDS	   0x00
#define RTC_MINUTES	   0x02
#define RTC_HOURS	   0x04
#define RTC_DAY		   0x07
#define RTC_MONTH	   0x08
#define RTC_YEAR	   0x09
#define RTC_REG_A	   0x0a
#define RTC_REG_A_UPDATING 0x80
#define RTC_REG_B	   0x0b
#define RTC_REG_B_BINARY   0x04
#define RTC_REG_B_24H	   0x02
#define RTC_HOURS_PM	   0x80
#define RTC_TRIES	   1000000
#define CENTURY_PIVOT	   70 /* two digits: 70-99 are 19xx */

struct rtc_fields {
	u8 sec, min, hour, day, mon, year;
};

static u8 cmos_read(u8 reg)
{
	outb(reg, CMOS_INDEX);
	return inb(CMOS_DATA);
}

static s64 mktime64(int year, int mon, int day, int hour, int min, int sec)
{
	/* March is month 1 of a year that ends with the leap day. */
	mon -= 2;
	if (mon <= 0) {
		mon += 12;
		year--;
	}
	return (((s64)(year / 4 - year / 100 + year / 400 + 367 * mon / 12 + day) + year * 365 -
		 719499) *
			24 +
		hour) * 3600 +
	       min * 60 + sec;
}

static void read_fields(struct rtc_fields *f)
{
	int tries;

	for (tries = 0; tries < RTC_TRIES && (cmos_read(RTC_REG_A) & RTC_REG_A_UPDATING); tries++)
		;
	f->sec = cmos_read(RTC_SECONDS);
	f->min = cmos_read(RTC_MINUTES);
	f->hour = cmos_read(RTC_HOURS);
	f->day = cmos_read(RTC_DAY);
	f->mon = cmos_read(RTC_MONTH);
	f->year = cmos_read(RTC_YEAR);
}

static u8 from_bcd(u8 v)
{
	return (v >> 4) * 10 + (v & 0xf);
}

static void decode(struct rtc_fields *f)
{
	u8 mode = cmos_read(RTC_REG_B);
	bool pm = !(mode & RTC_REG_B_24H) && (f->hour & RTC_HOURS_PM);

	if (!(mode & RTC_REG_B_24H))
		f->hour &= ~RTC_HOURS_PM;
	if (!(mode & RTC_REG_B_BINARY)) {
		f->sec = from_bcd(f->sec);
		f->min = from_bcd(f->min);
		f->hour = from_bcd(f->hour);
		f->day = from_bcd(f->day);
		f->mon = from_bcd(f->mon);
		f->year = from_bcd(f->year);
	}
	if (!(mode & RTC_REG_B_24H))
		f->hour = f->hour % 12 + (pm ? 12 : 0);
}

s64 rtc_read_time(void)
{
	struct rtc_fields f, again;
	int tries;

	/* Two equal readings in a row: no update came in between. */
	read_fields(&f);
	for (tries = 0; tries < 3; tries++) {
		read_fields(&again);
		if (!memcmp(&f, &again, sizeof(f)))
			break;
		f = again;
	}
	decode(&f);
	if (f.mon < 1 || f.mon > 12 || f.day < 1 || f.day > 31 || f.hour > 23 || f.min > 59 ||
	    f.sec > 60) {
		pr_warn("rtc: the clock holds no valid time\n");
		return 0;
	}
	return mktime64(f.year + (f.year < CENTURY_PIVOT ? 2000 : 1900), f.mon, f.day, f.hour,
			f.min, f.sec);
}
