/*
 * Calls whose target can be changed while the kernel runs. A place through which everything passes
 * calls a function like this when it is sometimes to be watched: then the target is a function that
 * records what happens and calls the real one. While it is not watched, that costs nothing.
 *
 * Linux rewrites the call instructions for this. Here the call goes through a variable.
 */
#ifndef KERNEL_LIB_STATIC_CALL_H
#define KERNEL_LIB_STATIC_CALL_H

/* In a header, behind the prototype of the function. */
#define DECLARE_STATIC_CALL(name) extern __typeof__(name) *static_call_##name
/* In the file that defines the function. */
#define DEFINE_STATIC_CALL(name)  __typeof__(name) *static_call_##name = (name)

/* static_call(name)(args…) calls the present target. */
#define static_call(name)	       (*static_call_##name)
#define static_call_update(name, func) (static_call_##name = (func))

#endif
