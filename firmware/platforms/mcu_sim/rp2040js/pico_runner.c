/* Opens a pty for the UART and becomes Node with run.mjs:
 *
 *   harness-pico-runner [-c start=0,stop=0,base=0,size=0,out=FILE] firmware.elf
 *
 * run.mjs lies in the folder rp2040js beside this program. The first line on stdout is
 * `pty /dev/pts/N`. Ends with its parent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host_pty.h"

#define SCRIPT "/rp2040js/run.mjs"

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "harness-pico-runner: %s: %s\n", what, why);
    return 1;
}

int main(int argc, char **argv)
{
    char *counted = NULL;
    for (int option; (option = getopt(argc, argv, "c:")) != -1;) {
        if (option != 'c') {
            return 2;
        }
        counted = optarg;
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "usage: harness-pico-runner [-c COUNT] firmware.elf\n");
        return 2;
    }
    char script[PATH_MAX + sizeof SCRIPT];
    const ssize_t length = readlink("/proc/self/exe", script, PATH_MAX);
    if (length < 0) {
        return fail("cannot find itself", strerror(errno));
    }
    script[length] = '\0';
    strcpy(strrchr(script, '/'), SCRIPT);

    host_die_with_parent();
    char line[16];
    snprintf(line, sizeof line, "%d", host_pty_open());
    execlp("node", "node", script, line, argv[optind], counted, (char *)NULL);
    return fail("cannot start node", strerror(errno));
}
