"""Model fitting: train the service's few parameters, on public training questions only (`footnote study fit`)."""
