/* load_under_musl.c: a program of another libc loads the library and does one round trip on each backend. */
#include "uringhttp.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static int round_trip(void *library, uint32_t backend)
{
    int32_t (*open)(const struct uh_ring_config *, struct uh_ring_info *, struct uh_ring **);
    int32_t (*enter)(struct uh_ring *, const struct uh_submission *, uint32_t, uint32_t *, struct uh_completion *,
                     uint32_t, int64_t);
    int32_t (*close)(struct uh_ring *);
    *(void **)&open = dlsym(library, "uh_ring_open");
    *(void **)&enter = dlsym(library, "uh_ring_enter");
    *(void **)&close = dlsym(library, "uh_ring_close");
    if (!open || !enter || !close)
        return -1;

    struct uh_ring_config config = {.backend = backend};
    struct uh_ring_info info;
    struct uh_ring *ring;
    if (open(&config, &info, &ring) != 0)
        return -1;
    struct uh_submission nop = {.token = 42, .kind = UH_NOP, .fd = -1};
    struct uh_completion completion;
    uint32_t accepted;
    int32_t count = enter(ring, &nop, 1, &accepted, &completion, 1, -1);
    if (close(ring) != 0 || count != 1 || completion.token != 42 || completion.result != 0)
        return -1;
    return (int)info.backend;
}

int main(int argc, char **argv)
{
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (library == NULL) {
        fprintf(stderr, "%s\n", argc > 1 ? dlerror() : "which library?");
        return 1;
    }
    int best = round_trip(library, UH_BACKEND_AUTO);
    int epoll = round_trip(library, UH_BACKEND_EPOLL);
    printf("auto: backend %d, epoll: backend %d\n", best, epoll);
    return best > 0 && epoll == UH_BACKEND_EPOLL ? 0 : 1;
}
