/* Compiler conveniences that ports of BSD sources expect. */
#ifndef LIBC_SYS_CDEFS_H
#define LIBC_SYS_CDEFS_H

#define __BEGIN_DECLS
#define __END_DECLS
#define __THROW

#endif
