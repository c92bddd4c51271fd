#ifndef SITEWARDEN_CDEFLATE_H
#define SITEWARDEN_CDEFLATE_H
#include <libdeflate.h>
#endif
