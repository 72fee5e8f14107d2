/*
 * Completions live beside the wait queues they are made of.
 */
#ifndef KERNEL_CORE_COMPLETION_H
#define KERNEL_CORE_COMPLETION_H

#include "kernel/core/wait.h"

#endif
