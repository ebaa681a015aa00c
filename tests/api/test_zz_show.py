import pytest
from tests.people import EDITOR, NORTH
@pytest.mark.parametrize("n", [30, 80, 190])
def test_wide(api, n):
    wide = " ".join(f"a{i}: name" for i in range(n))
    assert api(f'{{ account(id: "{NORTH}") {{ campaigns(first: 2) {{ nodes {{ {wide} }} }} }} }}', as_=EDITOR).errors == []
@pytest.mark.parametrize("part", ["__typename", "range { from }"])
def test_constants_only(api, part):
    r = '(range: {from: "2025-11-01", to: "2025-11-19"})'
    assert api(f'{{ account(id: "{NORTH}") {{ metrics{r} {{ {part} }} campaigns(first: 9) {{ nodes {{ metrics{r} {{ {part} }} }} }} }} }}', as_=EDITOR).errors == []
