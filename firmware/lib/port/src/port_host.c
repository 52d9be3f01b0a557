/* A computer with Linux: the serial line is a pty, or with the argument --stdio the standard input
 * and output, so that SSH can carry it; the counter is the monotonic clock. */
#if defined(PORT_HOST)
#define _GNU_SOURCE

#include "host_pty.h"
#include "port.h"
#include "stack_paint.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define NS_PER_S 1000000000
#define STACK_BYTES 0x100000

static int on_stdio;
static int input, output;
static uint8_t inbox[4096];
static ssize_t inbox_count, inbox_next;

static struct timespec counter_start;

static struct {
    _Alignas(16) uint8_t bytes[STACK_BYTES];
    ucontext_t caller, callee;
    void (*run)(uint8_t *arena);
    uint8_t *arena;
    volatile uint8_t *top;
} painted;

int main(int count, char **arguments)
{
    on_stdio = count == 2 && strcmp(arguments[1], "--stdio") == 0;
    app_setup();
    for (;;) {
        app_poll();
    }
}

void port_init(void)
{
    if (on_stdio) {
        input = STDIN_FILENO;
        output = STDOUT_FILENO;
        fcntl(input, F_SETFL, fcntl(input, F_GETFL) | O_NONBLOCK);
    } else {
        host_die_with_parent();
        input = output = host_pty_open();
    }
}

int port_read_byte(void)
{
    if (inbox_next >= inbox_count) {
        inbox_next = 0;
        inbox_count = read(input, inbox, sizeof inbox);
        if (on_stdio && inbox_count <= 0 && (inbox_count == 0 || errno != EAGAIN)) {
            exit(0); /* the host has gone */
        }
        if (inbox_count <= 0) {
            return -1;
        }
    }
    return inbox[inbox_next++];
}

void port_write(const uint8_t *bytes, size_t count)
{
    host_pty_write(output, bytes, count);
}

void port_idle(void)
{
    struct pollfd sources[] = {
        {.fd = input, .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN},
    };
    poll(sources, on_stdio ? 1 : 2, -1);
    if (!on_stdio && sources[1].revents) {
        uint8_t unused[64];
        if (read(STDIN_FILENO, unused, sizeof unused) <= 0) {
            exit(0); /* whoever started this program has gone */
        }
    }
}

void port_counter_start(void)
{
    clock_gettime(CLOCK_MONOTONIC, &counter_start);
}

uint64_t port_counter_stop(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t seconds = now.tv_sec - counter_start.tv_sec;
    return (uint64_t)(seconds * NS_PER_S + now.tv_nsec - counter_start.tv_nsec);
}

uint32_t port_counter_hz(void)
{
    return NS_PER_S;
}

const char *port_counter_name(void)
{
    return "clock-monotonic";
}

uint32_t port_clock_hz(void)
{
    return 0;
}

const char *port_core_name(void)
{
#if defined(PORT_AARCH64)
    return "aarch64";
#else
    return "host";
#endif
}

uint32_t port_free_ram(void)
{
    return PORT_UNKNOWN;
}

static void on_painted_stack(void)
{
    volatile uint8_t here;
    painted.top = &here;
    painted.run(painted.arena);
}

uint32_t port_stack_of(void (*run)(uint8_t *arena), uint8_t *arena)
{
    uint8_t *limit = painted.bytes;
    uint8_t *end = limit + STACK_BYTES;
    stack_paint(limit, end);
    painted.run = run;
    painted.arena = arena;
    getcontext(&painted.callee);
    painted.callee.uc_stack.ss_sp = limit;
    painted.callee.uc_stack.ss_size = STACK_BYTES;
    painted.callee.uc_link = &painted.caller;
    makecontext(&painted.callee, on_painted_stack, 0);
    swapcontext(&painted.caller, &painted.callee);
    return (uint32_t)(painted.top - stack_reached(limit, end));
}

#endif
