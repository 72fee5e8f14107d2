/*
 * The VGA's registers, by groups: each group has a port for the register's number and one for its
 * value. In text mode the screen's memory has four planes, of which each group of four bytes has a
 * byte: characters, their colours, and the font in plane 2.
 */
#include "kernel/drivers/vgastate.h"
#include "kernel/x86/cpu.h"

#define ATTR_INDEX   0x3c0 /* number and value in turn; reading INPUT_STATUS begins anew */
#define ATTR_READ    0x3c1
#define MISC_WRITE   0x3c2
#define SEQ_INDEX    0x3c4
#define MISC_READ    0x3cc
#define GFX_INDEX    0x3ce
#define CRTC_INDEX   0x3d4
#define INPUT_STATUS 0x3da

#define ATTR_SCREEN_ON 0x20
#define SEQ_RESET      0
#define SEQ_HELD       1 /* stopped, while the clock changes */
#define CRTC_PROTECT   0x11
#define CRTC_PROTECTED 0x80
#define NR_PLANES      4
#define FONT_PLANE     2

static void read_group(u16 port, u8 *regs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		outb(i, port);
		regs[i] = inb(port + 1);
	}
}

static void write_group(u16 port, const u8 *regs, unsigned int first, unsigned int n)
{
	for (unsigned int i = first; i < n; i++) {
		outb(i, port);
		outb(regs[i], port + 1);
	}
}

void vga_blank(bool blank)
{
	inb(INPUT_STATUS);
	outb(blank ? 0 : ATTR_SCREEN_ON, ATTR_INDEX);
}

static void save_registers(struct vga_state *state)
{
	state->misc = inb(MISC_READ);
	read_group(SEQ_INDEX, state->seq, VGA_NR_SEQ);
	read_group(CRTC_INDEX, state->crtc, VGA_NR_CRTC);
	read_group(GFX_INDEX, state->gfx, VGA_NR_GFX);
	for (unsigned int i = 0; i < VGA_NR_ATTR; i++) {
		inb(INPUT_STATUS);
		outb(i, ATTR_INDEX);
		state->attr[i] = inb(ATTR_READ);
	}
	vga_blank(false);
}

void vga_save(struct vga_state *state, u8 *memory)
{
	unsigned long flags;

	local_irq_save(flags); /* the console uses the same ports */
	save_registers(state);
	local_irq_restore(flags);
	state->memory = memory;
	for (unsigned int i = 0; i < VGA_FONT_SIZE; i++)
		state->font[i] = memory[i * NR_PLANES + FONT_PLANE];
}

static void restore_registers(const struct vga_state *state)
{
	static const u8 held[] = {SEQ_HELD};

	outb(state->misc, MISC_WRITE);
	write_group(SEQ_INDEX, held, SEQ_RESET, 1);
	write_group(SEQ_INDEX, state->seq, SEQ_RESET + 1, VGA_NR_SEQ);
	write_group(SEQ_INDEX, state->seq, SEQ_RESET, 1);
	outb(CRTC_PROTECT, CRTC_INDEX);
	outb(state->crtc[CRTC_PROTECT] & ~CRTC_PROTECTED, CRTC_INDEX + 1);
	write_group(CRTC_INDEX, state->crtc, 0, VGA_NR_CRTC);
	write_group(GFX_INDEX, state->gfx, 0, VGA_NR_GFX);
	for (unsigned int i = 0; i < VGA_NR_ATTR; i++) {
		inb(INPUT_STATUS);
		outb(i, ATTR_INDEX);
		outb(state->attr[i], ATTR_INDEX);
	}
	vga_blank(false);
}

void vga_restore(const struct vga_state *state)
{
	for (unsigned int i = 0; i < VGA_FONT_SIZE; i++)
		state->memory[i * NR_PLANES + FONT_PLANE] = state->font[i];
	restore_registers(state);
}
