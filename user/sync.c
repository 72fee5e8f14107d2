/* sync: write to the disks whatever is still in memory only. */
#include <unistd.h>

int main(void)
{
	sync();
	return 0;
}
