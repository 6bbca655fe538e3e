"""Seeds and precisions of the claims."""

import pytest


@pytest.fixture(params=range(5))
def seed(request):
    """The seed of everything random in a run."""
    return request.param


@pytest.fixture(params=["float32", "bfloat16"])
def precision(request):
    """The precision of products, as for ``course.fast.precision.products_in``."""
    return request.param
