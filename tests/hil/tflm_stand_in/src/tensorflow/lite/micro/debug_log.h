#ifndef STAND_IN_DEBUG_LOG_H
#define STAND_IN_DEBUG_LOG_H

#include <stdarg.h>

extern "C" void DebugLog(const char *format, va_list args);

#endif
