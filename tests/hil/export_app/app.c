/* A program around exported libraries, on the ports of firmware/lib/port: prints the result of each
 * self-test, then the ticks of NAME_infer() for each vector, less those of an empty pair of reads.
 * The build defines LIBRARIES, a list of LIBRARY(name). */
#include <stdint.h>
#include <string.h>

#include "libraries.h"
#include "port.h"

typedef struct {
    const char *name;
    uint16_t (*selftest)(void);
    void (*vector)(uint16_t index, int8_t *input);
    uint8_t *(*arena)(void);
    void (*run)(uint8_t *arena);
    uint32_t input_offset;
    uint16_t vectors;
} library;

#define LIBRARY(name, NAME)                                                                        \
    {#name,        name##_selftest,     name##_vector, name##_arena,                               \
     name##_infer, NAME##_INPUT_OFFSET, NAME##_VECTORS},

static const library libraries[] = {LIBRARIES};

static void print(const char *text)
{
    port_write((const uint8_t *)text, strlen(text));
}

static void print_number(uint32_t value)
{
    char digits[12];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    do {
        *--first = (char)('0' + value % 10u);
        value /= 10u;
    } while (value);
    print(" ");
    print(first);
}

static uint32_t bracket(void)
{
    uint32_t least = UINT32_MAX;
    for (int i = 0; i < 16; i++) {
        port_counter_start();
        const uint32_t ticks = (uint32_t)port_counter_stop();
        least = ticks < least ? ticks : least;
    }
    return least;
}

/* That of the measuring firmware, instruction by instruction: app_models.h. */
__attribute__((noinline)) static uint64_t timed_run(void (*run)(uint8_t *), uint8_t index,
                                                    uint8_t *arena)
{
    (void)index;
    port_counter_start();
    run(arena);
    return port_counter_stop();
}

static uint32_t ticks_of(const library *entry, uint16_t index)
{
    library copy;
    memcpy(&copy, entry, sizeof copy);
    uint8_t *const arena = copy.arena();
    copy.vector(index, (int8_t *)arena + copy.input_offset);
    return (uint32_t)timed_run(copy.run, 0, arena);
}

void app_setup(void)
{
    port_init();
    const uint32_t empty = bracket();
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        const library *const entry = &libraries[i];
        print(entry->name);
        print_number(entry->selftest());
        for (uint16_t v = 0; v < entry->vectors; v++) {
            print_number(ticks_of(entry, v) - empty);
        }
        print("\n");
    }
    print("end\n");
}

void app_poll(void)
{
    port_idle();
}
