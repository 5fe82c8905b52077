// nghttp2 for Swift: its header, and nothing else.
#pragma once

#include <nghttp2/nghttp2.h>
