#include "camera.h"

class HM0360 : public ImageSensor
{
};
