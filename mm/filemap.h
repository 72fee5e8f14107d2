/*
 * Between the page cache and the list of its pages by age (vmscan.c).
 */
#ifndef MM_FILEMAP_H
#define MM_FILEMAP_H

struct page;

void lru_cache_add(struct page *page); /* the youngest */
void lru_cache_del(struct page *page); /* if it is on the list */

#endif
