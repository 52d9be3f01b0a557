#include "avr_pin.h"

#include <inttypes.h>
#include <stdio.h>

#include <simavr/avr_ioport.h>

static avr_t *watched;
static FILE *file;
static uint32_t level;

static void on_change(avr_irq_t *irq, uint32_t value, void *parameter)
{
    (void)irq;
    (void)parameter;
    if (value == level) {
        return; /* simavr also tells of a pin that was written what it is */
    }
    level = value;
    fprintf(file, "%" PRIu64 " %u\n", (uint64_t)watched->cycle, (unsigned)value);
    fflush(file);
}

bool avr_pin_record(avr_t *avr, const char *words)
{
    if (words[0] < 'A' || words[0] > 'L' || words[1] < '0' || words[1] > '7' || words[2] != '=') {
        return false;
    }
    avr_irq_t *pin = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(words[0]), words[1] - '0');
    file = pin == NULL ? NULL : fopen(words + 3, "w");
    if (file == NULL) {
        return false;
    }
    watched = avr;
    avr_irq_register_notify(pin, on_change, NULL);
    return true;
}
