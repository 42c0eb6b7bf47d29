/*
 * memory.h: where the shim's memory comes from: whole mappings, zeroed by the kernel, present only once touched.
 */
#ifndef UH_MEMORY_H
#define UH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Null when the kernel has none. */
void *memory_map(size_t length);
void memory_unmap(void *address, size_t length);

/*
 * An array that grows without moving: a directory of pages, each mapped when it is first reached. Elements begin as
 * zeroes. An index is a slot number or a file descriptor, so it is dense from zero, but its limit is not known in
 * advance.
 */
struct paged_array {
    void **pages;
    uint32_t element_size;
    uint32_t page_end; /* one past the highest page that was ever mapped */
};

#define PAGED_ARRAY_PAGE_ELEMENTS (1u << 12)
#define PAGED_ARRAY_PAGES (1u << 18)
#define PAGED_ARRAY_LIMIT (PAGED_ARRAY_PAGE_ELEMENTS * PAGED_ARRAY_PAGES)

bool paged_array_open(struct paged_array *array, uint32_t element_size);
void paged_array_close(struct paged_array *array);

/* The element, its page mapped if need be; null when there is no memory. index < PAGED_ARRAY_LIMIT. */
void *paged_array_reach(struct paged_array *array, uint32_t index);

/* The element of an index that was reached before. */
static inline void *paged_array_at(const struct paged_array *array, uint32_t index)
{
    char *page = array->pages[index / PAGED_ARRAY_PAGE_ELEMENTS];
    return page + (size_t)(index % PAGED_ARRAY_PAGE_ELEMENTS) * array->element_size;
}

/* The element, or null if its page was never reached. */
static inline void *paged_array_find(const struct paged_array *array, uint32_t index)
{
    uint32_t page = index / PAGED_ARRAY_PAGE_ELEMENTS;
    return page < array->page_end && array->pages[page] != NULL ? paged_array_at(array, index) : NULL;
}

#endif
