/* Prints the lines of a tutorial's sketch at 9600 baud; every third result contradicts itself. */
#include <Arduino.h>

static unsigned long round_number;

void setup()
{
    Serial.begin(9600);
    Serial.println("model loaded"); /* a line that is none of a result's */
}

void loop()
{
    const unsigned best = 3 + round_number % 2;
    const unsigned long start = millis();
    delay(7);
    const float took = (float)(millis() - start);
    for (unsigned k = 0; k < 10; k++) {
        Serial.print(k == best ? 0.91 : 0.01);
        Serial.print(k == 9 ? '\n' : ',');
    }
    Serial.print("Predicted class is: ");
    Serial.println(best);
    Serial.print("Sanity check: ");
    Serial.println(round_number % 3 == 2 ? 0 : best);
    Serial.print(" - Time (ms): ");
    Serial.println(took);
    round_number++;
}
