#if defined(PORT_HOST)
#define _GNU_SOURCE

#include "host_pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

int host_pty_open(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        fail("cannot open a pty");
    }
    /* Stays open for good: without a slave the master reports a hang-up between two clients. */
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    struct termios mode;
    if (slave < 0 || tcgetattr(slave, &mode) != 0) {
        fail("cannot open the pty's other end");
    }
    cfmakeraw(&mode);
    if (tcsetattr(slave, TCSANOW, &mode) != 0) {
        fail("cannot make the pty raw");
    }
    printf("pty %s\n", ptsname(master));
    fflush(stdout);
    return master;
}

void host_pty_write(int master, const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(master, bytes, count);
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            struct pollfd line = {.fd = master, .events = POLLOUT};
            poll(&line, 1, -1);
        } else if (written < 0 && errno != EINTR) {
            fail("cannot write to the pty");
        }
    }
}

void host_die_with_parent(void)
{
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        exit(1); /* it died before it could be watched */
    }
}

#endif
