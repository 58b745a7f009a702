"""Nicknames of given names, English and Spanish: a compact table, as data."""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

__all__ = ["NICKNAMES", "formal"]

_TABLE = """
abigail: abby abbie gail; abraham: abe bram; adrian: ade; adriana: adri; agnes: aggie; albert: al bert bertie; alejandra: ale alex;
alejandro: ale alex jandro; alexander: alex al alec sandy xander lex zander; alexandra: alex sandra sandy lexi alexa lexie sasha;
alfred: al fred alfie freddie; alice: allie ali; alison: ali allie; amanda: mandy mandi; amelia: amy millie mia; anastasia: stacy ana;
andrea: andi drea; andrew: andy drew; angela: angie angel; ann: annie nan nancy; anna: annie ana; anthony: tony ant; antonio: tony tono;
arthur: art artie; barbara: barb babs barbie; beatrice: bea trixie; beatriz: bea bety; benjamin: ben benny benji; bernard: bernie;
bradley: brad; brian: bri; caroline: carrie caro; carolyn: carrie lynn; carlos: charlie carlitos; catherine: cathy cate cat kate katie kathy cass;
cecilia: ceci cece; charles: charlie chuck chas chip; charlotte: lottie charlie char; christian: chris; christina: chris chrissy tina christy;
christine: chris chrissy tina christy; christopher: chris topher kit; clara: claire; concepcion: concha conchita; consuelo: chelo; cynthia: cindy;
daniel: dan danny; daniela: dani danny; danielle: dani; david: dave davey; deborah: deb debbie debra; delores: dolly; dennis: denny;
dolores: lola; dominic: dom nick; dominique: nikki; donald: don donny; dorothy: dot dottie dolly; douglas: doug; eduardo: eddie lalo edu;
edward: ed eddie ted ned teddy; eleanor: ellie nell nora lenore; elena: lena; elijah: eli; elizabeth: liz lizzie beth betty eliza betsy ellie libby lisa bess;
emily: em emmy millie; emma: em; emmanuel: manny; enrique: quique kike; ernesto: neto; esperanza: espe; eugene: gene; evelyn: evie eve; ezekiel: zeke;
felipe: pipe; fernanda: fer nanda; fernando: nando fer; frances: fran frannie; francis: frank fran; francisca: paca fran; francisco: paco pancho frank cisco;
frederick: fred freddie rick; gabriel: gabe; gabriela: gabi gaby; gabrielle: gabby; genevieve: gen eve; george: georgie; gerald: gerry jerry;
geoffrey: geoff jeff; gerardo: gera; gilbert: gil; giovanni: gio; gloria: glo; grace: gracie; gregory: greg; gregorio: goyo; guadalupe: lupe lupita;
guillermo: memo guille; gustavo: gus tavo; hannah: hanna; harold: hal harry; harriet: hattie; helen: nell nellie; henry: hank harry hal; hector: tito;
ignacio: nacho; isaac: ike zac; isabel: isa bella belle chabela; isabella: bella izzy isa belle; isaiah: zay ike; jacob: jake jay; jacqueline: jackie;
james: jim jimmy jamie jem; janet: jan; jasmine: jazz jas; jason: jay; javier: javi; jeffrey: jeff; jennifer: jen jenny jenn; jeremiah: jerry jeremy;
jeremy: jerry; jessica: jess jessie; jesus: chuy chucho; joan: joanie; joanna: jo; john: jack johnny jon; jonathan: jon jonny john nathan; jorge: coque;
jose: pepe joe; joseph: joe joey jo; josefina: josie pepa; josephine: jo josie; joshua: josh; juan: juanito; judith: judy; julia: jules julie;
julian: jules; katherine: kate katie kathy kat kathryn kay kit kitty; kathleen: kathy kate katie; kathryn: kate katie kathy; kenneth: ken kenny;
kimberly: kim kimmy; kristen: kris; laura: laurie lori; lauren: laurie; lawrence: larry; leonard: leo len lenny; leonardo: leo; leticia: lety;
lillian: lily lil lilly; linda: lindy lin; louis: lou louie; louise: lou; lucas: luke; lucia: lucy; lucille: lucy; luis: lucho; madeline: maddie;
madison: maddie; makayla: kayla; manuel: manny manolo; marcus: marc mark; margaret: maggie meg peggy marge margie greta daisy rita peg; margarita: mago rita;
maria: mari mary; mariana: mari; marie: mimi; mario: mayo; mark: marky; martha: marty; martin: marty; mary: molly polly mae mamie; matilda: tilly;
matthew: matt matty; maximilian: max; megan: meg; melissa: mel missy lissa; mercedes: meche; michael: mike mikey mick mickey; michelle: shelly chelle;
miguel: mike migue; mildred: millie; mitchell: mitch; montserrat: montse; nancy: nan; natalie: nat tally; natasha: tasha; nathan: nate nat;
nathaniel: nate nathan nat; nicholas: nick nicky nico; nicolas: nico; nicole: nikki nicky; norman: norm; olivia: liv livvy ollie; oliver: ollie;
oscar: ozzie; pamela: pam; patricia: pat patty tricia trish pati; patrick: pat paddy rick; paul: paulie; penelope: penny; peter: pete; philip: phil;
phillip: phil; priscilla: cilla; rachel: rach; rafael: rafa; ramon: moncho; randall: randy; raymond: ray; rebecca: becky becca beck; regina: gina;
reginald: reggie reg; ricardo: rick richie; richard: rick dick rich richie ricky; robert: bob bobby rob robbie bert robby; roberto: beto;
roger: rog; rodrigo: rodri; ronald: ron ronnie; rosa: rosie rosita; rosario: chayo; rosemary: rose rosie; ruben: ben; russell: russ; samantha: sam sammy;
samuel: sam sammy; sandra: sandy; santiago: santi; sarah: sally sadie; savannah: sav vanna; sebastian: seb bastian; sergio: checo; shannon: shan;
sofia: sofi; sophia: sophie; stanley: stan; stephanie: steph stevie; stephen: steve stevie; steven: steve stevie; susan: sue susie suzy; suzanne: sue suzy;
tabitha: tabby; teresa: tere; terrence: terry; theodore: ted teddy theo; theresa: terry tess tessa; thomas: tom tommy; timothy: tim timmy;
tobias: toby; tomas: tommy; valentina: val vale; valeria: vale; valerie: val; veronica: ronnie vero; victor: vic; victoria: vicky tori vic;
vincent: vince vinny; virginia: ginny ginger; walter: walt wally; wesley: wes; william: bill billy will willy liam willie; ximena: xime; yolanda: yoli;
zachary: zach zack zac; zoe: zo
"""


def _formal_of() -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for entry in _TABLE.split(";"):
        formal_name, _, short = entry.partition(":")
        for each in short.split():
            found.setdefault(each, {each}).add(formal_name.strip())
    return MappingProxyType({short: " ".join(sorted(names)) for short, names in sorted(found.items())})


NICKNAMES: Mapping[str, str] = _formal_of()
"""The names that each short form may stand for, itself included, with spaces between them."""


def formal(given: pl.Expr) -> pl.Expr:
    """The names that a given name's first word may stand for; two people may have the same name where these share a word.

    >>> pl.DataFrame({"given": ["bob", "robert", "mary beth"]}).select(formal(pl.col("given"))).to_series().to_list()
    ['bob robert', 'robert', 'maria mary']
    """
    return given.str.extract(r"^(\S+)").replace(dict(NICKNAMES))
