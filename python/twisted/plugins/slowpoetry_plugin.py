"""The names by which twistd knows the poetry servers; a module is imported only when its server is used."""

from twisted.application.service import ServiceMaker

fastpoetry = ServiceMaker("Fast poetry", "slowpoetry.tap.fastpoetry", "A fast poetry server.", "fastpoetry")
slowpoetry = ServiceMaker("Slow poetry", "slowpoetry.tap.slowpoetry", "A slow poetry server.", "slowpoetry")
poetryproxy = ServiceMaker("Poetry proxy", "slowpoetry.tap.poetryproxy", "A poetry proxy.", "poetryproxy")
