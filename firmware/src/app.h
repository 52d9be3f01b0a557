/* What the firmware says of itself. app_setup() and app_poll() are declared in port.h, as the port
 * calls them. */
#ifndef APP_H
#define APP_H

#define APP_VERSION "0.1.0"

#endif
