/* Records when a pin of an AVR changes, as a logic analyser would, but to the cycle. */
#ifndef AVR_PIN_H
#define AVR_PIN_H

#include <stdbool.h>

#include <simavr/sim_avr.h>

/* `words`: port letter, bit and file, e.g. D4=FILE. Every change becomes a line of the file: the
 * cycle and the new level. False where the words or the file are wrong. */
bool avr_pin_record(avr_t *avr, const char *words);

#endif
