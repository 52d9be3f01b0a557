/* A pty that stands for a serial line: used by the host port and by the simavr runner. */
#ifndef HOST_PTY_H
#define HOST_PTY_H

#include <stddef.h>
#include <stdint.h>

/* Opens a pty in raw mode, prints `pty /dev/pts/N` on stdout and returns the master, non-blocking.
 * Ends the process with a message where that fails. */
int host_pty_open(void);

/* Writes all bytes, waiting while the line is full. */
void host_pty_write(int master, const uint8_t *bytes, size_t count);

/* Asks the kernel to kill this process when its parent dies. */
void host_die_with_parent(void);

#endif
