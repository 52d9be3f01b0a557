/* Counts by address what an AVR executes between two addresses, as qemu_count/count.c does. */
#ifndef AVR_COUNT_H
#define AVR_COUNT_H

#include <stdbool.h>

#include <simavr/sim_avr.h>

/* `words`: start=ADDRESS,stop=ADDRESS,base=ADDRESS,size=BYTES,out=FILE, numbers hexadecimal. False
 * where one is missing. From then on simavr has to run one instruction at a time. */
bool avr_count_from(avr_t *avr, const char *words);

/* After each instruction: the one at `address` ran. */
void avr_count_step(const avr_t *avr, avr_flashaddr_t address);

#endif
