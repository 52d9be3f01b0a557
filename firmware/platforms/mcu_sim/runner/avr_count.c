#include "avr_count.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t executions, taken;
} place;

static avr_flashaddr_t start, stop, base;
static size_t places_count;
static place *places;
static char *out;

static bool number(const char *word, const char *name, avr_flashaddr_t *value)
{
    const size_t length = strlen(name);
    if (strncmp(word, name, length) != 0 || word[length] != '=') {
        return false;
    }
    *value = (avr_flashaddr_t)strtoul(word + length + 1, NULL, 16);
    return true;
}

bool avr_count_from(avr_t *avr, const char *words)
{
    avr_flashaddr_t size = 0;
    char *copy = strdup(words);
    char *rest = copy;
    for (char *word; (word = strsep(&rest, ",")) != NULL;) {
        if (strncmp(word, "out=", 4) == 0) {
            out = strdup(word + 4);
        } else if (!number(word, "start", &start) && !number(word, "stop", &stop) &&
                   !number(word, "base", &base) && !number(word, "size", &size)) {
            free(copy);
            return false;
        }
    }
    free(copy);
    places_count = size / 2 + 1;
    places = calloc(places_count, sizeof *places);
    avr->run_cycle_limit = 1;
    return places != NULL && out != NULL;
}

/* Bytes of the instruction: LDS, STS, JMP and CALL have a second word. */
static avr_flashaddr_t size_of(const avr_t *avr, avr_flashaddr_t address)
{
    const uint16_t code = (uint16_t)(avr->flash[address] | avr->flash[address + 1] << 8);
    const bool direct = (code & 0xFC0F) == 0x9000;
    const bool jump = (code & 0xFE0C) == 0x940C;
    return direct || jump ? 4 : 2;
}

static void write_counts(void)
{
    FILE *file = fopen(out, "a");
    if (file == NULL) {
        return; /* the reader misses the end */
    }
    for (size_t i = 0; i < places_count; i++) {
        if (places[i].executions != 0) {
            fprintf(file, "%" PRIx64 " %" PRIu64 " %" PRIu64 "\n", (uint64_t)base + 2 * i,
                    places[i].executions, places[i].taken);
        }
    }
    fputs("end\n", file);
    fclose(file);
}

void avr_count_step(const avr_t *avr, avr_flashaddr_t address)
{
    if (address == start) {
        memset(places, 0, places_count * sizeof *places);
    }
    if (address == stop) {
        write_counts();
    }
    const size_t index = (address - base) / 2;
    if (address >= base && index < places_count) {
        places[index].executions++;
        places[index].taken += avr->pc != address + size_of(avr, address);
    }
}
