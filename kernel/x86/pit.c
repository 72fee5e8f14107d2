/*
 * The 8253/8254 interval timer. Channel 0 interrupts on line 0; channel 2 drives the loudspeaker.
 * It can be gated and read, so it is used to measure time at boot.
 */
#include "kernel/x86/pit.h"
#include "kernel/core/clock.h"
#include "kernel/x86/cpu.h"

#define PIT_LATCH ((PIT_TICK_RATE + HZ / 2) / HZ)
#define PIT_CH0	  0x40
#define PIT_CH2	  0x42
#define PIT_MODE  0x43

#define MODE_CH0_RATE	  0x34 /* channel 0, low then high byte, rate generator */
#define MODE_CH2_ONE_SHOT 0xb0 /* channel 2, low then high byte, interrupt on terminal count */
#define LATCH_CH2	  0x80
#define PIT_COUNT	  0xffff

#define PORT_B	       0x61
#define PORT_B_GATE2   0x01
#define PORT_B_SPEAKER 0x02
#define PORT_B_OUT2    0x20

void pit_start_tick(void)
{
	outb(MODE_CH0_RATE, PIT_MODE);
	outb(PIT_LATCH & 0xff, PIT_CH0);
	outb(PIT_LATCH >> 8, PIT_CH0);
}

/* ---- a count to measure by ---- */

void pit_start_count(void)
{
	u8 port_b = inb(PORT_B) & ~(PORT_B_GATE2 | PORT_B_SPEAKER);

	outb(port_b | PORT_B_GATE2, PORT_B);
	outb(MODE_CH2_ONE_SHOT, PIT_MODE);
	outb(PIT_COUNT & 0xff, PIT_CH2);
	outb(PIT_COUNT >> 8, PIT_CH2);
	io_delay(); /* the counter loads the value at its next clock */
	io_delay();
}

void pit_latch_count(void)
{
	outb(LATCH_CH2, PIT_MODE);
}

int pit_latched_count(void)
{
	unsigned int left = inb(PIT_CH2);

	left |= inb(PIT_CH2) << 8;
	/* After reaching zero the counter wraps and continues, so its value is meaningless. */
	return inb(PORT_B) & PORT_B_OUT2 ? -1 : (int)(PIT_COUNT - left);
}
