/* Arduino.h without this project's warnings, which are not meant for it. (As a system header it
 * would be taken for C by compilers older than GCC 9.) */
#ifndef ARDUINO_CORE_H
#define ARDUINO_CORE_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas" /* a compiler may not know all of these */
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wcast-function-type"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wdeprecated-copy"
#pragma GCC diagnostic ignored "-Wignored-qualifiers"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wvolatile"

#include <Arduino.h>

#pragma GCC diagnostic pop

#endif
