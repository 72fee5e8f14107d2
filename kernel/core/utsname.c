/*
 * What the kernel calls itself. Programs decide by these names what they may expect, so they are
 * those of the Linux whose behaviour is offered.
 */
#include "kernel/core/utsname.h"

#define NOTE_HEAD 16 /* three numbers and the name "GNU" come before the build id */

#define UTS_SYSNAME "Linux"
#define UTS_RELEASE "6.1.0-mapix"
#define UTS_VERSION "#1 Mapix 1.0"
#define UTS_MACHINE "i686"

struct new_utsname init_utsname = {
	.sysname = UTS_SYSNAME,
	.nodename = "mapix",
	.release = UTS_RELEASE,
	.version = UTS_VERSION,
	.machine = UTS_MACHINE,
	.domainname = "(none)",
};

const char linux_banner[] = UTS_SYSNAME " version " UTS_RELEASE " (mapix@mapix) (gcc " __VERSION__
					") " UTS_VERSION "\n";

const void *build_id(void)
{
	static const char none[BUILD_ID_SIZE];

	return __stop_notes - __start_notes < NOTE_HEAD + BUILD_ID_SIZE ? none
									: __start_notes + NOTE_HEAD;
}
