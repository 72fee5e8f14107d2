/* clear: an empty screen, the cursor at its top. */
#include <stdio.h>

int main(void)
{
	fputs("\033[H\033[2J\033[3J", stdout);
	return fflush(stdout) != 0;
}
