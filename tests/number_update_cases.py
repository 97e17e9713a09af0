"""Pairs of invented reports: ten and more whose later number updates the earlier one, and as many that only look so."""

from typing import NamedTuple


class Dispatch(NamedTuple):
    """One report: its day of publication, outlet and sentence."""

    published: str
    outlet: str
    text: str


class Pair(NamedTuple):
    """An earlier and a later report."""

    why: str
    older: Dispatch
    newer: Dispatch


UPDATES = (
    Pair(
        "the toll of a fire rises overnight",
        Dispatch(
            "2031-03-04", "Gazette", "At least 12 people were killed in the fire at the Calder paper mill, police said."
        ),
        Dispatch(
            "2031-03-05",
            "Gazette",
            "The fire at the Calder paper mill killed 15 people, the fire service said on Wednesday.",
        ),
    ),
    Pair(
        "the death toll, in other words",
        Dispatch("2031-03-04", "Gazette", "The flood in Norwick has killed 31 people, the mayor said."),
        Dispatch("2031-03-07", "Post", "The death toll of the flood in Norwick rose to 44, officials said on Friday."),
    ),
    Pair(
        "bounds on both sides",
        Dispatch("2031-05-10", "Herald", "More than 200 people have been injured in the Velmora earthquake."),
        Dispatch(
            "2031-05-12",
            "Post",
            "At least 340 people were injured in the Velmora earthquake, the health ministry said.",
        ),
    ),
    Pair(
        "arrests over weeks",
        Dispatch(
            "2031-06-01",
            "Post",
            "Police have arrested 60 people since the protests in Tarn began, the interior minister said.",
        ),
        Dispatch("2031-06-20", "Herald", "The police in Tarn have detained 212 people over the protests."),
    ),
    Pair(
        "an outlet corrects itself downwards",
        Dispatch("2031-02-02", "Gazette", "The ferry accident off Port Ansel killed 29 people, the coast guard said."),
        Dispatch("2031-02-03", "Gazette", "The ferry accident off Port Ansel killed 23 people, the coast guard said."),
    ),
    Pair(
        "cases of a disease",
        Dispatch("2031-08-01", "Herald", "Ostrava province has reported 40 cases of cholera, the ministry said."),
        Dispatch(
            "2031-08-15", "Herald", "The ministry said that 115 cases of cholera had been reported in Ostrava province."
        ),
    ),
    Pair(
        "burnt land, with a date of the count",
        Dispatch("2031-07-03", "Post", "The Hollin Ridge fire has burned 14,000 acres, the forestry department said."),
        Dispatch("2031-07-05", "Post", "As of Saturday, the Hollin Ridge fire had burned 21,500 acres."),
    ),
    Pair(
        "houses destroyed",
        Dispatch("2031-09-09", "Gazette", "The storm in Norwick destroyed 40 houses on Monday."),
        Dispatch("2031-09-10", "Post", "The storm in Norwick destroyed 65 houses on Monday, the town hall said."),
    ),
    Pair(
        "money raised",
        Dispatch("2031-04-02", "Herald", "The appeal for the victims of the Velmora earthquake has raised $2 million."),
        Dispatch(
            "2031-04-12",
            "Herald",
            "The appeal for the victims of the Velmora earthquake has raised $5.5 million, its organisers said.",
        ),
    ),
    Pair(
        "people moved to safety",
        Dispatch("2031-10-01", "Post", "The army evacuated 800 people from the villages around Lake Imber."),
        Dispatch(
            "2031-10-03",
            "Gazette",
            "The army has evacuated 1,900 people from villages around Lake Imber since Wednesday.",
        ),
    ),
    Pair(
        "the toll is given as a level both times",
        Dispatch("2031-01-14", "Gazette", "The death toll from the Calder mine collapse stood at seven on Tuesday."),
        Dispatch("2031-01-16", "Herald", "The death toll from the Calder mine collapse has climbed to 11."),
    ),
    Pair(
        "a strike spreads",
        Dispatch("2031-11-03", "Post", "Some 3,000 nurses joined the strike in Ostrava, the union said."),
        Dispatch("2031-11-05", "Post", "More than 5,000 nurses have joined the strike in Ostrava, the union said."),
    ),
)
"""Each later number replaces the earlier one."""

LOOKALIKES = (
    Pair(
        "another place",
        Dispatch("2031-03-04", "Gazette", "The flood in Norwick killed 12 people, officials said."),
        Dispatch("2031-03-05", "Gazette", "The flood in Calder killed 15 people, officials said."),
    ),
    Pair(
        "another event of the kind in the same town",
        Dispatch("2031-03-04", "Gazette", "A fire in a warehouse in Norwick killed 12 people on Monday."),
        Dispatch("2031-03-20", "Gazette", "A fire in a warehouse in Norwick killed 15 people on Wednesday."),
    ),
    Pair(
        "part of a total",
        Dispatch(
            "2031-03-04",
            "Gazette",
            "Children were hit hardest by the flood in Norwick, which killed people in four streets, including 12 people in one school.",
        ),
        Dispatch("2031-03-05", "Post", "The flood in Norwick killed 31 people."),
    ),
    Pair(
        "a part, named by its own noun",
        Dispatch("2031-03-04", "Gazette", "The flood in Norwick killed 12 children."),
        Dispatch("2031-03-05", "Gazette", "The flood in Norwick killed 31 people."),
    ),
    Pair(
        "another unit",
        Dispatch("2031-07-03", "Gazette", "The Hollin Ridge fire has burned 14,000 acres."),
        Dispatch("2031-07-05", "Gazette", "The Hollin Ridge fire has burned 21,500 hectares."),
    ),
    Pair(
        "rival sources on the same day",
        Dispatch("2031-06-01", "Gazette", "Police said that the clashes in Tarn had killed 12 people."),
        Dispatch("2031-06-01", "Post", "The clashes in Tarn killed 15 people, the opposition said."),
    ),
    Pair(
        "rival sources that are named, a day apart",
        Dispatch("2031-06-01", "Gazette", "The clashes in Tarn killed 12 people, said Interior Minister Jonas Vidal."),
        Dispatch("2031-06-02", "Post", "The clashes in Tarn killed 40 people, said Ada Voss of the Tarn Rights Union."),
    ),
    Pair(
        "another thing happened to them",
        Dispatch("2031-05-10", "Herald", "The Velmora earthquake killed 80 people."),
        Dispatch("2031-05-12", "Herald", "The Velmora earthquake injured 340 people."),
    ),
    Pair(
        "an increment, not a total",
        Dispatch("2031-08-01", "Herald", "The cholera in Ostrava province has killed 12 people."),
        Dispatch(
            "2031-08-03", "Herald", "The cholera in Ostrava province has killed 14 more people, the ministry said."
        ),
    ),
    Pair(
        "a number of each day",
        Dispatch("2031-08-01", "Herald", "The cholera in Ostrava province killed 12 people on Thursday."),
        Dispatch("2031-08-04", "Herald", "The cholera in Ostrava province killed 20 people on Sunday."),
    ),
    Pair(
        "a number of another period",
        Dispatch("2031-08-01", "Herald", "The cholera in Ostrava province has killed 12 people in the past week."),
        Dispatch("2031-08-08", "Herald", "The cholera in Ostrava province has killed 20 people in the past week."),
    ),
    Pair(
        "what may come",
        Dispatch("2031-09-09", "Gazette", "The storm in Norwick destroyed 40 houses."),
        Dispatch("2031-09-10", "Gazette", "The storm in Norwick could destroy 90 houses by Friday."),
    ),
    Pair(
        "an earlier year as background",
        Dispatch("2031-09-09", "Gazette", "In 2024, a storm in Norwick destroyed 40 houses."),
        Dispatch("2031-09-10", "Gazette", "The storm in Norwick destroyed 65 houses."),
    ),
    Pair(
        "a narrower count",
        Dispatch("2031-08-01", "Herald", "Ostrava province has reported 40 confirmed cases of cholera."),
        Dispatch("2031-08-15", "Herald", "Ostrava province has reported 115 suspected cases of cholera."),
    ),
    Pair(
        "another outlet gives fewer",
        Dispatch("2031-02-02", "Gazette", "The ferry accident off Port Ansel killed 29 people."),
        Dispatch("2031-02-04", "Post", "The ferry accident off Port Ansel killed 23 people."),
    ),
    Pair(
        "another party to the event",
        Dispatch("2031-11-03", "Post", "Some 3,000 nurses joined the strike in Ostrava."),
        Dispatch("2031-11-05", "Post", "Some 5,000 teachers joined the strike in Ostrava."),
    ),
)
"""No later number replaces the earlier one."""
