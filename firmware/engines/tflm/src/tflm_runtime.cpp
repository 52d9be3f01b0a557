/* What C++ and newlib ask of a system, for boards that have none: the simulated Cortex-M. Boards
 * with a framework bring their own. There is no heap and no file; who aborts stops, and the host
 * sees a silent board. */
#if defined(PORT_CORTEX_M)

#include <stddef.h>

#define WEAK __attribute__((weak))

extern "C" {

WEAK void abort(void)
{
    for (;;) {
        __asm volatile("wfi");
    }
}

WEAK void _exit(int)
{
    abort();
}

WEAK void __cxa_pure_virtual(void)
{
    abort();
}

/* Static objects live for ever: nobody calls their destructors. */
WEAK int __aeabi_atexit(void *, void (*)(void *), void *)
{
    return 0;
}

WEAK int __cxa_atexit(void (*)(void *), void *, void *)
{
    return 0;
}

WEAK void *__dso_handle;

WEAK void *_sbrk(ptrdiff_t)
{
    return reinterpret_cast<void *>(-1);
}

WEAK int _kill(int, int)
{
    return -1;
}

WEAK int _getpid(void)
{
    return 1;
}

WEAK int _write(int, const void *, size_t)
{
    return -1;
}

WEAK int _read(int, void *, size_t)
{
    return -1;
}

WEAK int _close(int)
{
    return -1;
}

WEAK int _fstat(int, void *)
{
    return -1;
}

WEAK int _isatty(int)
{
    return 0;
}

WEAK long _lseek(int, long, int)
{
    return -1;
}

} // extern "C"

WEAK void operator delete(void *) noexcept
{
    abort(); /* nothing was ever allocated */
}

WEAK void operator delete(void *, size_t) noexcept
{
    abort();
}

#endif
