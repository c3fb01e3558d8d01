"""What each finding about the data says to a person, by its code, and what the check mended of it."""

FINDINGS: dict[str, str] = {
    # findings about the data
    "finding_duplicate_code": "{layer:layer}: the code {subject} stands more than once.",
    "finding_orphan": "{name}: its parent “{told}” isn’t known; it hangs under the nearest unit that covers it.",
    "finding_parent_gone": "{name}: its parent “{told}” doesn’t stand on this day, so nothing leads to it from above.",
    "finding_geometry_invalid": "{name}: the shape is invalid ({reason}).",
    "finding_overlap": "{name} overlaps {other} by {area} m².",
    "finding_crosses_community": "{name}: {percent} % of its area lies in other communities.",
    "finding_outside_parent": "{name}: {percent} % of its area lies outside {parent}.",
    "finding_code_contradicts": "{name}: its code names another parent than {parent}.",
    "finding_grid_crosses_community": "Grid {subject} crosses the border of its community.",
    "finding_grids_overlap": "Grid {subject} overlaps grid {other} by {area} m².",
    "finding_wall_without_gate": "{name} has a wall but no recorded gate; it counts as open.",
    "finding_far_from_path": "{name} lies {metres} m from any path that leads to it.",
    "finding_disputed_post": "Tier {tier}: several are recorded as the one lead ({holders}).",
    "finding_stale": "{subject:batch}{source}: last loaded {days} days ago; the limit is {limit}.",
    "finding_code_untidy": "{name}: the code “{subject}” has blanks or full-width digits in it; “{tidy}” is meant.",
    "finding_duplicate_place": "{name} stands twice at one place, also with the code {other}.",
    "finding_duplicate_gate": "Gate {subject} stands at the same spot as gate {other} of the same compound.",
    "finding_duplicate_service": "{name}: the same service stands twice at one site, also with the code {other}.",
    "finding_capacity_unknown": "{name} has no recorded capacity; it counts as having room for all.",
    "finding_unit_gone": "{layer:layer} {subject}: {name}, where it stands, isn’t there on this day. End or move it.",
    "finding_units_leave_gap": "{name}: {area} m² of it belong to none of its communities.",
    "finding_streets_leave_hole": "Beside {name}: {area} m² are surrounded by streets and belong to none.",
    "finding_grids_leave_gap": "{name}: {area} m² of it lie in none of its basic grids.",
    "finding_circular_deputies": "{name}: {deputy} stands in for {lead}, but {lead} stands in for {deputy} at the same "
    "time. Name another deputy.",
    "finding_pledge_overdue": "{name}: the pledge “{text}” was due on {due} and isn’t recorded as kept.",
    "finding_shifted": "{layer:layer} of batch {batch} lie about {metres} m to the {direction:direction} of where they "
    "belong, as {crs} coordinates do here: {before} % fit as stored, {after} % once corrected ({compared} compared). "
    "Undo the batch and import it again as {crs} (--crs {crs}).",
    "finding_raster_apart": "The raster {name} has {people} people, none of them in a street or community here.",
    "finding_raster_beyond": "{percent} % of the {people} people of the raster {name} live outside every street and "
    "community; coverage counts them too. Cut the raster to the city.",
    # what the check mended by itself
    "mended_geometry_invalid": "{name}: the shape was repaired.",
    "mended_code_untidy": "{name}: the code “{old}” became “{new}”.",
    "mended_code_contradicts": "{name}: its recorded parent is now {parent}, which its code names and it hangs under.",
    "mended_orphan": "{name} now hangs under {parent}.",
}
