#ifndef SITEWARDEN_CGEOS_H
#define SITEWARDEN_CGEOS_H
/* Only the re-entrant functions: every call names its context, so threads cannot share one by accident. */
#define GEOS_USE_ONLY_R_API 1
#include <geos_c.h>
#endif
