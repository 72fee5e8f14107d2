/* pwd: the working directory. */
#define PROGRAM "pwd"
#define USAGE	""
#include "user/common.h"

int main(int argc, char **argv)
{
	char path[PATH_MAX];

	if (!getcwd(path, sizeof(path)))
		die("getcwd");
	puts(path);
	return finish(0);
}
