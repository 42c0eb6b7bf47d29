/* memory.c: mappings, paged arrays, and the two functions that a compiler may call without being asked. */
#include "memory.h"
#include "syscall.h"
#include <string.h>

void *memory_map(size_t length)
{
    void *address = sys_mmap(length, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return mmap_error(address) == 0 ? address : NULL;
}

void memory_unmap(void *address, size_t length)
{
    sys_munmap(address, length);
}

bool paged_array_open(struct paged_array *array, uint32_t element_size)
{
    array->element_size = element_size;
    array->page_end = 0;
    array->pages = memory_map(PAGED_ARRAY_PAGES * sizeof(void *));
    return array->pages != NULL;
}

static size_t page_size(const struct paged_array *array)
{
    return (size_t)PAGED_ARRAY_PAGE_ELEMENTS * array->element_size;
}

void paged_array_close(struct paged_array *array)
{
    if (array->pages == NULL)
        return;
    for (uint32_t page = 0; page < array->page_end; page++) {
        if (array->pages[page] != NULL)
            memory_unmap(array->pages[page], page_size(array));
    }
    memory_unmap(array->pages, PAGED_ARRAY_PAGES * sizeof(void *));
    array->pages = NULL;
}

void *paged_array_reach(struct paged_array *array, uint32_t index)
{
    uint32_t page = index / PAGED_ARRAY_PAGE_ELEMENTS;
    if (array->pages[page] == NULL) {
        array->pages[page] = memory_map(page_size(array));
        if (array->pages[page] == NULL)
            return NULL;
        if (array->page_end <= page)
            array->page_end = page + 1;
    }
    return paged_array_at(array, index);
}

#ifndef UH_HOSTED

/*
 * A compiler turns assignments of structs and loops into calls of these even when told that there is no library. The
 * empty asm keeps it from doing so with the loops right here, which would then call themselves. Speed does not matter:
 * the paths that run often copy 64 bytes at most, in place.
 */
void *memset(void *target, int value, size_t length)
{
    unsigned char *bytes = target;
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (unsigned char)value;
        __asm__ volatile("" ::: "memory");
    }
    return target;
}

void *memcpy(void *restrict target, const void *restrict source, size_t length)
{
    unsigned char *to = target;
    const unsigned char *from = source;
    for (size_t i = 0; i < length; i++) {
        to[i] = from[i];
        __asm__ volatile("" ::: "memory");
    }
    return target;
}

#endif
