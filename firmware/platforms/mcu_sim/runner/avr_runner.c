/* Runs an AVR firmware in simavr with UART0 on a pty.
 *
 *   harness-avr-runner -m atmega328p -f 16000000 firmware.elf
 *   harness-avr-runner -p D4=FILE firmware.elf   (avr_pin.h)
 *   harness-avr-runner -c start=0,stop=0,base=0,size=0,out=FILE firmware.elf   (avr_count.h)
 *
 * The first line on stdout is `pty /dev/pts/N`. Ends with its parent, or with exit code 1 and a
 * message when the firmware crashes the core or stops it. While the core works it runs as fast as
 * the host can; while it sleeps and the line is quiet the host sleeps too, until a byte comes.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

#include "avr_count.h"
#include "avr_pin.h"
#include "host_pty.h"

#define UART '0'
#define NAP_MS 20
#define POLLS_PER_S 10000 /* of the pty, in simulated time */
#define QUIET_PER_S 100   /* the line counts as quiet after 1/100 s of simulated time */

typedef struct {
    avr_t *avr;
    avr_irq_t *input;
    int master;
    bool ready; /* the UART takes bytes */
    uint8_t inbox[4096];
    size_t inbox_count, inbox_next;
    uint8_t outbox[4096];
    size_t outbox_count;
    avr_cycle_count_t next_poll, last_byte;
} line_t;

/* simavr's sleep callback has no parameter of its own. */
static line_t line;

static void flush_output(void)
{
    host_pty_write(line.master, line.outbox, line.outbox_count);
    line.outbox_count = 0;
}

static void on_output(avr_irq_t *irq, uint32_t value, void *parameter)
{
    (void)irq;
    (void)parameter;
    if (line.outbox_count == sizeof line.outbox) {
        flush_output();
    }
    line.outbox[line.outbox_count++] = (uint8_t)value;
    line.last_byte = line.avr->cycle;
}

static void on_ready(avr_irq_t *irq, uint32_t value, void *parameter)
{
    (void)irq;
    (void)value;
    (void)parameter;
    line.ready = true;
}

static void on_full(avr_irq_t *irq, uint32_t value, void *parameter)
{
    (void)irq;
    (void)value;
    (void)parameter;
    line.ready = false;
}

static void receive(void)
{
    if (line.inbox_next == line.inbox_count) {
        ssize_t count = read(line.master, line.inbox, sizeof line.inbox);
        line.inbox_next = 0;
        line.inbox_count = count > 0 ? (size_t)count : 0;
    }
    while (line.ready && line.inbox_next < line.inbox_count) {
        avr_raise_irq(line.input, line.inbox[line.inbox_next++]);
        line.last_byte = line.avr->cycle;
    }
}

static void on_sleep(avr_t *avr, avr_cycle_count_t cycles)
{
    (void)cycles;
    if (avr->cycle - line.last_byte < avr->frequency / QUIET_PER_S ||
        line.inbox_next < line.inbox_count) {
        return;
    }
    flush_output();
    struct pollfd source = {.fd = line.master, .events = POLLIN};
    poll(&source, 1, NAP_MS);
    line.next_poll = avr->cycle;
}

static void log_errors(avr_t *avr, const int level, const char *format, va_list arguments)
{
    (void)avr;
    if (level <= LOG_ERROR) {
        vfprintf(stderr, format, arguments);
    }
}

static void connect_uart(avr_t *avr)
{
    uint32_t flags = 0; /* neither echo to stdout nor sleep while the firmware polls */
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS(UART), &flags);
    line.avr = avr;
    line.input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ(UART), UART_IRQ_INPUT);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ(UART), UART_IRQ_OUTPUT),
                            on_output, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ(UART), UART_IRQ_OUT_XON),
                            on_ready, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ(UART), UART_IRQ_OUT_XOFF),
                            on_full, NULL);
}

static int fail(const char *what, const char *which)
{
    fprintf(stderr, "harness-avr-runner: %s %s\n", what, which);
    return 1;
}

int main(int argc, char **argv)
{
    const char *mcu = "atmega328p";
    const char *counted = NULL;
    const char *pin = NULL;
    uint32_t frequency = 16000000;
    for (int option; (option = getopt(argc, argv, "m:f:c:p:")) != -1;) {
        if (option == 'm') {
            mcu = optarg;
        } else if (option == 'f') {
            frequency = (uint32_t)strtoul(optarg, NULL, 10);
        } else if (option == 'c') {
            counted = optarg;
        } else if (option == 'p') {
            pin = optarg;
        } else {
            return 2;
        }
    }
    if (optind + 1 != argc || frequency == 0) {
        fprintf(stderr, "usage: harness-avr-runner [-m MCU] [-f HZ] [-c COUNT] [-p PIN=FILE] "
                        "firmware.elf\n");
        return 2;
    }
    host_die_with_parent();
    avr_global_logger_set(log_errors);

    avr_t *avr = avr_make_mcu_by_name(mcu);
    if (avr == NULL) {
        return fail("simavr does not know the part", mcu);
    }
    elf_firmware_t firmware;
    memset(&firmware, 0, sizeof firmware);
    if (elf_read_firmware(argv[optind], &firmware) != 0 || firmware.flashsize == 0) {
        return fail("cannot read a firmware from", argv[optind]);
    }
    avr_init(avr);
    avr_load_firmware(avr, &firmware);
    avr->frequency = frequency;
    avr->sleep = on_sleep;
    connect_uart(avr);
    if (counted != NULL && !avr_count_from(avr, counted)) {
        return fail("cannot count from", counted);
    }
    if (pin != NULL && !avr_pin_record(avr, pin)) {
        return fail("cannot record the pin", pin);
    }
    line.master = host_pty_open();

    for (;;) {
        const avr_flashaddr_t address = avr->pc;
        const bool works = avr->state == cpu_Running;
        int state = avr_run(avr);
        if (counted != NULL && works) {
            avr_count_step(avr, address);
        }
        if (state == cpu_Done || state == cpu_Crashed) {
            flush_output();
            return fail(state == cpu_Done ? "stopped:" : "crashed:", argv[optind]);
        }
        if (avr->cycle >= line.next_poll) {
            line.next_poll = avr->cycle + frequency / POLLS_PER_S;
            flush_output();
            receive();
        }
    }
}
