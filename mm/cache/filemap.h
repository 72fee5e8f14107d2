/*
 * Between the page cache and the list of its pages by age (vmscan.c).
 */
#ifndef MM_FILEMAP_H
#define MM_FILEMAP_H

struct page;

/* A copy takes the place of a locked page, in its file and in all mappings. False: somebody who
   maps it was not found, and nothing has changed. */
bool replace_page_cache_page(struct page *page, struct page *new);

void lru_cache_add(struct page *page); /* the youngest */
void lru_cache_del(struct page *page); /* if it is on the list */

#endif
