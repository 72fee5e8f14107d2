/* What start.c loads by dlopen: it has data to relocate and thread-local data of its own. */
static __thread int calls;
static int factor = 2, *const pointer = &factor;

int twice(int n);

int twice(int n)
{
	return *pointer * n + calls++;
}
