/* sources: kernel/lib/radix_tree.c */
/*
 * Slab caches and kmalloc on host memory: random use against a list of owners with a pattern in
 * each object, constructors, shrinking, failures; then the same with red zones and poison, and the
 * bugs that these must catch.
 */
#include "tests/host/stubs/mm_host.h"
#include "mm/phys/page_alloc.c"
#include "mm/phys/slab.c"
#include "mm/phys/slab_debug.c"
#include "mm/phys/kmalloc.c"

#define FRAMES 4096

unsigned long max_pfn, max_low_pfn;
void *high_memory;
static unsigned long total;

static void boot(bool debug)
{
	host_memory(FRAMES);
	memset(zones, 0, sizeof(zones));
	INIT_LIST_HEAD(&slab_caches);
	nr_stocks = 0;
	slab_pages = nr_stock_pages = 0;
	max_pfn = max_low_pfn = FRAMES;
	free(mem_map);
	mem_map = calloc(FRAMES, sizeof(struct page));
	free_area_init(FRAMES, FRAMES);
	free_page_range(1, FRAMES);
	setup_per_zone_wmarks();
	kmem_cache_init(debug);
	total = FRAMES - 1;
}

#define MAX_OBJECTS 3000
static struct object {
	unsigned char *p;
	size_t size;
	unsigned char seed;
} objects[MAX_OBJECTS];
static int nr_objects;

static void fill(struct object *o)
{
	for (size_t i = 0; i < o->size; i++)
		o->p[i] = o->seed + i;
}

static bool intact(const struct object *o)
{
	for (size_t i = 0; i < o->size; i++)
		if (o->p[i] != (unsigned char)(o->seed + i))
			return false;
	return true;
}

static size_t random_size(void)
{
	switch (rnd_below(8)) {
	case 0:
		return 1 + rnd_below(30000);
	case 1:
		return 1 + rnd_below(8192);
	default:
		return 1 + rnd_below(300);
	}
}

static void allocate_one(void)
{
	struct object *o = &objects[nr_objects];
	bool zero = rnd_below(3) == 0;

	o->size = random_size();
	o->p = zero ? kzalloc(o->size, GFP_KERNEL) : kmalloc(o->size, GFP_KERNEL | __GFP_NOWARN);
	if (!o->p)
		return;
	CHECK((unsigned long)o->p % 8 == 0);
	if (o->size >= 16 && is_power_of_2(o->size) && o->size <= 4096)
		CHECK((unsigned long)o->p % o->size == 0);
	if (zero)
		for (size_t i = 0; i < o->size; i++)
			CHECK(!o->p[i]);
	o->seed = rnd();
	fill(o);
	nr_objects++;
}

static void change_one(void)
{
	int n = rnd_below(nr_objects);
	struct object *o = &objects[n];

	CHECK(intact(o));
	kfree(o->p);
	*o = objects[--nr_objects];
}

static void random_use(void)
{
	for (int i = 0; i < 60000; i++) {
		bool grow = (i / 6000) % 2 == 0;

		if (!nr_objects || (nr_objects < MAX_OBJECTS && rnd_below(100) < (grow ? 65 : 35)))
			allocate_one();
		else
			change_one();
		if (i % 1000 == 0)
			slab_check();
	}
	while (nr_objects)
		kfree(objects[--nr_objects].p);
	slab_check();
	drain_all_stocks();
	CHECK(nr_free_pages() >= total - 2); /* kmem_cache's own slab, and it alone */
	page_alloc_check();
}

static void test_kmalloc(void)
{
	boot(false);
	random_use();
	CHECK(kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
	kfree(ZERO_SIZE_PTR);
	kfree(NULL);
	CHECK(!kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL));
	CHECK(!kcalloc(1UL << 40, 1UL << 40, GFP_KERNEL));
	for (size_t size = 1; size <= KMALLOC_MAX_CACHE_SIZE; size++) {
		unsigned int i = kmalloc_index(size);

		CHECK(cache_index(size) == i && kmalloc_caches[i].object_size >= size);
		CHECK(i == 0 || kmalloc_caches[i - 1].object_size < size);
	}
}

static void test_strings(void)
{
	char *a = kstrdup("hello", GFP_KERNEL);
	char *c = kasprintf(GFP_KERNEL, "%s-%d", a, 42);

	CHECK(!strcmp(a, "hello") && !strcmp(c, "hello-42"));
	CHECK(!kstrdup(NULL, GFP_KERNEL));
	kfree(a);
	kfree(c);
}

struct thing {
	long magic, used;
	char rest[88];
};
static void make_thing(void *p)
{
	((struct thing *)p)->magic = 0x7157;
}

static void test_cache(void)
{
	struct kmem_cache *s = kmem_cache_create("thing", sizeof(struct thing), 0, 0, make_thing);
	static struct thing *t[500];
	struct slabinfo info;
	unsigned long before = nr_free_pages();
	unsigned int n = 0;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 500; i++) {
			t[i] = kmem_cache_alloc(s, GFP_KERNEL);
			CHECK(t[i]->magic == 0x7157); /* construction survives freeing */
			t[i]->used = i;
		}
		for (int i = 0; i < 500; i++)
			CHECK(t[i]->used == i);
		while (get_slabinfo(n, &info) && strcmp(info.name, "thing"))
			n++;
		CHECK(info.active_objs == 500 && info.num_objs >= 500);
		CHECK(info.num_slabs * info.objperslab == info.num_objs);
		for (int i = 0; i < 500; i++)
			kmem_cache_free(s, t[(i * 7) % 500]);
		slab_check();
	}
	host_messages = 0;
	kmem_cache_destroy(s);
	CHECK(!host_messages);
	drain_all_stocks();
	CHECK(nr_free_pages() >= before);
	slab_check();
}

static void test_failure(void)
{
	void *p;

	fail_slab_after = 1;
	p = kmalloc(100, GFP_KERNEL);
	CHECK(p && !kmalloc(100, GFP_KERNEL) && !kmalloc(20000, GFP_KERNEL));
	CHECK(!kmem_cache_create("x", 8, 0, 0, NULL));
	fail_slab_after = -1;
	kfree(p);
	fail_page_alloc_after = 0;
	CHECK(!kmem_cache_alloc(&kmalloc_caches[12], GFP_KERNEL | __GFP_NOWARN));
	fail_page_alloc_after = -1;
	slab_check();
}

static void test_release_bugs(void)
{
	struct kmem_cache *s = kmem_cache_create("other", 64, 0, 0, NULL);
	char *p = kmalloc(64, GFP_KERNEL);

	EXPECT_PANIC("cache it is not from", {
		kmem_cache_free(s, p);
		shrink_cache(s);
	});
	s->hot = NULL;
	s->nr_hot = 0;
	EXPECT_PANIC("no block of kmalloc", kfree((void *)get_zeroed_page(GFP_KERNEL)));
}

static void test_debug_use(void)
{
	boot(true);
	random_use();
}

static void test_debug_bugs(void)
{
	char *p = kmalloc(50, GFP_KERNEL);

	p[64] = 1;
	EXPECT_PANIC("right red zone", kfree(p));
	p = kmalloc(50, GFP_KERNEL);
	p[-1] = 1;
	EXPECT_PANIC("left red zone", kfree(p));
	p = kmalloc(50, GFP_KERNEL);
	EXPECT_PANIC("not the beginning", kfree(p + 8));
	kfree(p);
	EXPECT_PANIC("freed twice", kfree(p));
	p[20] = 1;
	EXPECT_PANIC("written after free", kmalloc(50, GFP_KERNEL));
	CHECK(strstr(panic_text, "kmalloc-64") && strstr(panic_text, "offset 20"));
	p = kmalloc(200, GFP_KERNEL);
	EXPECT_PANIC("cache it is not from", kmem_cache_free(&kmalloc_caches[0], p));
}

int main(void)
{
	run("slab: kmalloc", test_kmalloc);
	run("slab: strings", test_strings);
	run("slab: cache with constructor", test_cache);
	run("slab: failures", test_failure);
	run("slab: bugs without debugging", test_release_bugs);
	run("slab: debugging, random use", test_debug_use);
	run("slab: debugging catches bugs", test_debug_bugs);
	return failures != 0;
}
